"""The table at the end: what happened, counted by the services themselves."""
import urllib.request

METRICS_SECONDS = 5


def metrics(suite, name):
    """{(metric, kind): value} of one service's counters that carry a `kind` or a `method`."""
    url = f"http://127.0.0.1:{suite.metrics[name]}/metrics"
    with urllib.request.urlopen(url, timeout=METRICS_SECONDS) as answer:
        text = answer.read().decode()
    found = {}
    for line in text.splitlines():
        if line.startswith("#") or " " not in line:
            continue
        key, value = line.rsplit(" ", 1)
        found[key] = float(value)
    return found


def total(values, prefix, **labels):
    return int(sum(value for key, value in values.items()
                   if key.startswith(prefix) and all(f'{name}="{want}"' in key for name, want in labels.items())))


def show(suite, stage):
    code, counts = stage.quiet_run("desk", "figures")
    stage.require(code == 0, f"`figures` should have worked: {counts}")
    booking = metrics(suite, "booking")
    rows = [(f"bookings {state}", count) for state, count in sorted(counts["bookings"].items())]
    rows += [(f"messages {state}", count) for state, count in sorted(counts["notifications"].items())]
    rows.append(("searches", total(booking, "stillpoint_rpc_total", method="AvailabilityService.SearchSlots")))
    for kind in ("remembered", "warm", "read"):
        rows.append((f"answers: {kind}", total(booking, "stillpoint_answers_total", kind=kind)))
    for kind in ("local_hit", "redis_hit", "miss"):
        rows.append((f"cache: {kind.replace('_', ' ')}", total(booking, "stillpoint_cache_lookups_total", kind=kind)))
    rows.append(("mails delivered", len(stage.mails())))
    print("\nFigures")
    for name, value in rows:
        print(f"  {name:<28} {value:>8}")
    for state in ("OUTCOME_UNKNOWN", "DEAD", "REJECTED"):
        stage.require(not counts["notifications"].get(state), f"no message may end {state}")
    accepted = counts["notifications"].get("ACCEPTED", 0)
    stage.require(accepted == len(stage.mails()), f"{accepted} messages accepted, {len(stage.mails())} mails delivered")
