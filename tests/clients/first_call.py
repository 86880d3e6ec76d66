# A partner's first call, with grpcio. Usage: first_call.py ADDRESS CA_FILE KEY_FILE ORGANIZATION
import sys

import grpc
from stillpoint.booking.v1 import catalog_service_pb2, catalog_service_pb2_grpc

address, ca_file, key_file, organization = sys.argv[1:]
with open(ca_file, "rb") as file:
    credentials = grpc.ssl_channel_credentials(file.read())
with open(key_file, encoding="utf-8") as file:
    caller = [("authorization", "Bearer " + file.read().strip())]
with grpc.secure_channel(address, credentials) as channel:
    catalog = catalog_service_pb2_grpc.CatalogServiceStub(channel)
    request = catalog_service_pb2.ListClinicsRequest(parent="organizations/" + organization)
    for clinic in catalog.ListClinics(request, metadata=caller, timeout=10).clinics:
        print(clinic.name, clinic.display_name)
