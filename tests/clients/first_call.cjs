// A partner's first call, with @grpc/grpc-js. Usage: first_call.cjs PROTOS ADDRESS CA_FILE KEY_FILE ORGANIZATION
const fs = require("node:fs");
const grpc = require("@grpc/grpc-js");
const loader = require("@grpc/proto-loader");

const [protos, address, caFile, keyFile, organization] = process.argv.slice(2);
const definition = loader.loadSync("stillpoint/booking/v1/catalog_service.proto", { includeDirs: [protos] });
const { CatalogService } = grpc.loadPackageDefinition(definition).stillpoint.booking.v1;
const catalog = new CatalogService(address, grpc.credentials.createSsl(fs.readFileSync(caFile)));
const caller = new grpc.Metadata();
caller.set("authorization", `Bearer ${fs.readFileSync(keyFile, "utf8").trim()}`);
catalog.listClinics({ parent: `organizations/${organization}` }, caller, { deadline: Date.now() + 10_000 }, (error, answer) => {
  if (error) throw error;
  for (const clinic of answer.clinics) console.log(clinic.name, clinic.displayName);
});
