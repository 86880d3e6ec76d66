"""Writes the sample platform file: two organizations as `stillpoint import` reads them.

Everything is made up and the same at every run. Usage: sample.py FILE
"""
import datetime
import json
import os
import sys
import zoneinfo

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
QUESTIONNAIRE = os.path.join(ROOT, "services/client_record/data/questionnaire.v1.json")

# The Monday on which the story begins. Four weeks from here hold the change to daylight saving time
# of 2027-03-14 in all three zones.
FIRST_DAY = datetime.date(2027, 3, 8)
DAYS = 28
CLIENTS = 200
# Starts that leave room for 60 minutes and a quarter of an hour after it, within 9-12 and 13-17.
STARTS = ((9, 0), (10, 15), (13, 0), (14, 15), (15, 30))
# Of three rooms in a clinic the sample takes at most two at a time, so that the story finds a free one.
ROOMS_TAKEN_MAX = 2

CLINICS = {
    "edmonton": ("Stillwater Edmonton", "10123 Whyte Avenue, Edmonton, AB", "America/Edmonton", "CA-AB"),
    "atlanta": ("Stillwater Atlanta", "455 Ponce Place, Atlanta, GA", "America/New_York", "US-GA"),
    "moncton": ("Stillwater Moncton", "77 Rue Main, Moncton, NB", "America/Moncton", "CA-NB"),
}
# The one public holiday of those four weeks: Good Friday, which Georgia does not keep by law.
HOLIDAY = datetime.date(2027, 3, 26)
KEEP_HOLIDAY = ("edmonton", "moncton")
ROOMS = {
    "quiet": ("Quiet room", ["quiet"]),
    "table": ("Hydraulic table room", ["hydraulic-table"]),
    "double": ("Double room", ["double", "quiet"]),
}
# id: name, style, gender, languages, credentials, clinics by weekday (Monday = 0)
WEEK = (0, 1, 2, 3, 4)
PRACTITIONERS = {
    "amara-osei": ("Amara Osei", "BIODYNAMIC", "FEMALE", ["en"], ["cst-2"], {"edmonton": WEEK}),
    "bram-visser": ("Bram Visser", "BIOMECHANICAL", "MALE", ["en", "nl"], ["cst-1", "rmt"], {"edmonton": WEEK}),
    "chloe-martel": ("Chloé Martel", "INTEGRATED", "FEMALE", ["en", "fr"], ["cst-2", "rmt"], {"edmonton": WEEK}),
    "dilan-kaya": ("Dilan Kaya", "BIODYNAMIC", "NON_BINARY", ["en", "tr"], ["cst-1"], {"edmonton": WEEK}),
    "esther-boone": ("Esther Boone", "BIODYNAMIC", "FEMALE", ["en"], ["cst-2"], {"atlanta": WEEK}),
    "felix-aguilar": ("Felix Aguilar", "INTEGRATED", "MALE", ["en", "es"], ["cst-1", "rmt"], {"atlanta": WEEK}),
    "grace-oduya": ("Grace Oduya", "BIOMECHANICAL", "FEMALE", ["en"], ["cst-1", "rmt"], {"atlanta": WEEK}),
    "hiro-tanabe": ("Hiro Tanabe", "INTEGRATED", "MALE", ["en", "ja"], ["cst-2", "rmt"], {"atlanta": WEEK}),
    "irene-leblanc": ("Irène LeBlanc", "BIODYNAMIC", "FEMALE", ["fr", "en"], ["cst-2"], {"moncton": WEEK}),
    "jonas-roy": ("Jonas Roy", "BIOMECHANICAL", "MALE", ["fr", "en"], ["cst-1", "rmt"], {"moncton": WEEK}),
    "kate-arsenault": ("Kate Arsenault", "INTEGRATED", "FEMALE", ["en"], ["cst-1", "rmt"], {"moncton": WEEK}),
    # Teaches in two cities: Moncton at the beginning of the week, Atlanta at its end.
    "leo-brandt": ("Leo Brandt", "BIODYNAMIC", "MALE", ["en", "de"], ["cst-2", "rmt"],
                   {"moncton": (0, 1), "atlanta": (3, 4)}),
}
# id: name, modality, minutes, credential, room features, price in cents
OFFERINGS = {
    "consultation": ("First consultation", "CONSULTATION", [60], "cst-1", [], 9000),
    "craniosacral": ("Craniosacral session", "CRANIOSACRAL", [45, 60, 90], "cst-1", [], 11000),
    "craniosacral-intensive": ("Craniosacral intensive", "CRANIOSACRAL", [90, 120], "cst-2", ["quiet"], 18000),
    "sacral": ("Sacral session", "SACRAL", [45, 60], "cst-1", [], 10000),
    "swedish": ("Swedish massage", "SWEDISH", [60, 90], "rmt", [], 9500),
    "deep-tissue": ("Deep tissue massage", "DEEP_TISSUE", [60, 90], "rmt", ["hydraulic-table"], 10500),
    "combined": ("Craniosacral and massage", "COMBINED", [90], "rmt", [], 14500),
    "infant": ("Infant craniosacral", "INFANT_CRANIOSACRAL", [45], "cst-2", ["quiet"], 9500),
}
DAYS_OF_WEEK = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")
GIVEN = ("Ada", "Ben", "Carla", "Dev", "Elif", "Finn", "Gita", "Hugo", "Ines", "Jun", "Kofi", "Lena", "Mara",
         "Nils", "Oona", "Pavel", "Quinn", "Rosa", "Samir", "Tess")
FAMILY = ("Abbot", "Brook", "Carver", "Dunne", "Eastman", "Frost", "Grove", "Hale", "Irwin", "Jardine")


# What the story's clients answer, other than "no".
SKULL_FRACTURE = {"skull_fracture": ["yes"], "skull_fracture_healed": ["no"]}
ANTICOAGULANT = {"anticoagulants": ["yes"]}
# A session note in the words of the template; nothing in it is anybody's.
NOTE = {
    "pain_now": 3, "pain_average": 4, "pain_worst": 6,
    "subjective": "Slept better since last time. Nothing new.",
    "objective": "Rhythm palpable at both heels, quieter on the left.",
    "assessment": "Tolerates light touch well.", "plan": "Again in a week.",
    "consent_confirmed": True, "consent_manner": "spoken",
}


def civil_date(year, month, day):
    return {"year": year, "month": month, "day": day}


def weekly(day, start, end):
    return {"day_of_week": f"DAY_OF_WEEK_{DAYS_OF_WEEK[day]}", "start_minute": start * 60, "end_minute": end * 60}


def clear_answers(**changed):
    """Answers to every screening question: nothing stands in the way, but for what `changed` says."""
    with open(QUESTIONNAIRE, encoding="utf-8") as file:
        questionnaire = json.load(file)
    answers = []
    for question in questionnaire["questions"]:
        if question["id"] in changed:
            answers.append({"question": question["id"], "values": changed[question["id"]]})
        elif question.get("screening") and not question.get("asked_when"):
            answers.append({"question": question["id"], "values": [nothing_of(question)]})
    return {"questionnaire_version": 1, "answers": answers}


def nothing_of(question):
    """The harmless answer: "no", or the choice that says so."""
    codes = [option["code"] for option in question.get("options", [])]
    for harmless in ("no", "none", "never"):
        if harmless in codes:
            return harmless
    return "no"


def organization(name):
    return f"organizations/{name}"


def clinics():
    for clinic, (display, address, zone, region) in CLINICS.items():
        yield {"id": clinic,
               "clinic": {"display_name": display, "address": address, "time_zone": zone, "holiday_region": region,
                          "opening_hours": [weekly(day, 8, 19) for day in range(6)]},
               "rooms": [{"id": room, "room": {"display_name": name, "kind": "treatment", "features": features,
                                               "turnover_minutes": 0}}
                         for room, (name, features) in ROOMS.items()],
               "devices": [{"id": "lamp", "device": {"display_name": "Infrared lamp", "kind": "infrared-lamp",
                                                     "turnover_minutes": 5}}]}


def offerings():
    for offering, (display, modality, minutes, credential, features, cents) in OFFERINGS.items():
        yield {"id": offering,
               "offering": {"display_name": display, "modality": f"MODALITY_{modality}", "duration_minutes": minutes,
                            "buffer_after_minutes": 15, "step_minutes": 15, "credential_kind": credential,
                            "room_kind": "treatment", "room_features": features, "notice_minutes": 60,
                            "horizon_days": 180, "price": {"currency_code": "CAD", "cents": cents},
                            "online_bookable": True}}


def credentials_of(kinds):
    # A level 2 therapist also holds level 1.
    kinds = kinds + (["cst-1"] if "cst-2" in kinds else [])
    for kind in kinds:
        yield {"kind": kind, "issuer": "Sample Board of Bodywork", "number": f"SB-{kind}-2041",
               "valid_from": civil_date(2020, 1, 1), "valid_until": civil_date(2029, 12, 31)}


def practitioners(org):
    for person, (display, style, gender, languages, kinds, places) in PRACTITIONERS.items():
        hours = [{"clinic": f"{organization(org)}/clinics/{clinic}", "range": weekly(day, start, end)}
                 for clinic, days in places.items() for day in days for start, end in ((9, 12), (13, 17))]
        yield {"id": person,
               "practitioner": {"display_name": display, "styles": [f"STYLE_{style}"], "languages": languages,
                                "gender": f"GENDER_{gender}", "credentials": list(credentials_of(kinds)),
                                "working_hours": hours}}


def client(number):
    """Client `number`: the same person at every run, at the clinic number mod 3."""
    clinic = list(CLINICS)[number % 3]
    given, family = GIVEN[number % len(GIVEN)], FAMILY[number // len(GIVEN)]
    area = {"edmonton": "780", "atlanta": "404", "moncton": "506"}[clinic]
    return {"id": f"client-{number:03d}",
            "client": {"given_name": given, "family_name": family,
                       "birth_date": f"{1950 + number % 50}-{1 + number % 12:02d}-{1 + number % 28:02d}",
                       "phone": f"+1{area}55501{number % 100:02d}",
                       "email": f"{given}.{family}.{number}@mail.example".lower(),
                       "region_code": CLINICS[clinic][3][:2], "language": "en", "zone": CLINICS[clinic][2]},
            "intake": clear_answers(),
            "consents": [{"kind": f"KIND_{kind}", "granted": True, "source": "SOURCE_INTAKE"}
                         for kind in ("TREATMENT", "DATA", "EMAIL")]}


def is_closed(clinic, date):
    return date == HOLIDAY and clinic in KEEP_HOLIDAY


def wanted(practitioner, day, slot):
    """A fixed pattern that books about three of five starts."""
    return (practitioner * 7 + day * 3 + slot * 5 + practitioner * day) % 5 < 3


def bookings(org):
    taken = {}  # (clinic, day, start) -> rooms in use
    number = 0
    for index, (person, entry) in enumerate(PRACTITIONERS.items()):
        for day in range(DAYS):
            date = FIRST_DAY + datetime.timedelta(days=day)
            clinic = next((c for c, days in entry[5].items() if date.weekday() in days), None)
            if clinic is None or is_closed(clinic, date):
                continue
            for slot, (hour, minute) in enumerate(STARTS):
                rooms = taken.get((clinic, day, slot), 0)
                if not wanted(index, day, slot) or rooms >= ROOMS_TAKEN_MAX:
                    continue
                taken[clinic, day, slot] = rooms + 1
                yield booking(org, number, person, clinic, date, hour, minute)
                number += 1


def booking(org, number, person, clinic, date, hour, minute):
    zone = zoneinfo.ZoneInfo(CLINICS[clinic][2])
    start = datetime.datetime(date.year, date.month, date.day, hour, minute, tzinfo=zone)
    clinic_index = list(CLINICS).index(clinic)
    who = (number * 3) % (CLIENTS - CLIENTS % 3) + clinic_index  # A client of that clinic.
    return {"id": f"booking-{number:04d}", "client": f"{organization(org)}/clients/client-{who:03d}",
            "slot": {"clinic": f"{organization(org)}/clinics/{clinic}",
                     "offering": f"{organization(org)}/offerings/craniosacral", "duration_minutes": 60,
                     "practitioner": f"{organization(org)}/practitioners/{person}",
                     "start_time": start.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")}}


def small_organization():
    """A second tenant: one room, one therapist, three clients. It must never see the first."""
    org = "quiet-hands"
    return {"id": org, "display_name": "Quiet Hands",
            "clinics": [{"id": "halifax",
                         "clinic": {"display_name": "Quiet Hands Halifax",
                                    "address": "9 Barrington Street, Halifax, NS", "time_zone": "America/Halifax",
                                    "opening_hours": [weekly(day, 9, 17) for day in range(5)]},
                         "rooms": [{"id": "only", "room": {"display_name": "The room", "kind": "treatment"}}]}],
            "offerings": [entry for entry in offerings() if entry["id"] == "craniosacral"],
            "practitioners": [{"id": "mia-surette",
                               "practitioner": {"display_name": "Mia Surette", "styles": ["STYLE_INTEGRATED"],
                                                "languages": ["en"], "gender": "GENDER_FEMALE",
                                                "credentials": list(credentials_of(["cst-1"])),
                                                "working_hours": [
                                                    {"clinic": f"{organization(org)}/clinics/halifax",
                                                     "range": weekly(day, 9, 17)} for day in range(5)]}}],
            "clients": [client(number) for number in range(3)], "bookings": []}


def platform():
    org = "stillwater"
    return {"organizations": [
        {"id": org, "display_name": "Stillwater Clinics", "clinics": list(clinics()), "offerings": list(offerings()),
         "practitioners": list(practitioners(org)), "clients": [client(n) for n in range(CLIENTS)],
         "bookings": list(bookings(org))},
        small_organization()]}


if __name__ == "__main__":
    with open(sys.argv[1], "w", encoding="utf-8") as out:
        json.dump(platform(), out, indent=1, ensure_ascii=False)
