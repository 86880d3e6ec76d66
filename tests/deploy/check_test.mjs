// Breaks a valid object in each way the checker must notice.  Usage: node check_test.mjs FILE
// FILE is a rendered overlay that passes.
import { readFileSync } from "node:fs";
import assert from "node:assert";
import { test } from "node:test";
import { checkObjects, load } from "./check.mjs";

const text = readFileSync(process.env.RENDERED, "utf8");
const pick = (objects, kind, name) => objects.find((o) => o.kind === kind && o.metadata.name === name);
const server = (objects) => pick(objects, "Deployment", "booking").spec.template.spec.containers[0];

const cases = {
  "wrong type": [(o) => { pick(o, "Deployment", "booking").spec.replicas = "two"; }, /replicas/],
  "unknown field": [(o) => { server(o).imagePullPolicyy = "Always"; }, /imagePullPolicyy: no such field/],
  "missing required": [(o) => { delete pick(o, "Deployment", "booking").spec.selector; }, /selector/],
  "dead API version": [(o) => { pick(o, "PodDisruptionBudget", "booking").apiVersion = "policy/v1alpha9"; }, /not an API/],
  "selector differs": [(o) => { pick(o, "Deployment", "booking").spec.selector.matchLabels = { a: "b" }; }, /does not match its own pods/],
  "runs as root": [(o) => { delete pick(o, "Deployment", "booking").spec.template.spec.securityContext.runAsNonRoot; }, /run as root/],
  "service links": [(o) => { delete pick(o, "Deployment", "booking").spec.template.spec.enableServiceLinks; }, /service links/],
  "writable root": [(o) => { server(o).securityContext.readOnlyRootFilesystem = false; }, /root file system/],
  "latest": [(o) => { server(o).image = "stillpoint-booking:latest"; }, /pinned tag/],
  "no tag": [(o) => { server(o).image = "stillpoint-booking"; }, /pinned tag/],
  "no probe": [(o) => { delete server(o).readinessProbe; }, /readiness/],
  "probe elsewhere": [(o) => { server(o).livenessProbe.tcpSocket.port = 1; }, /asks port 1/],
  "plaintext": [(o) => { server(o).env.push({ name: "STILLPOINT_ALLOW_PLAINTEXT_NETWORK", value: "true" }); }, /allows plaintext/],
  "no TLS": [(o) => { server(o).env = server(o).env.filter((v) => v.name !== "STILLPOINT_TLS_CERT"); }, /no certificate of cert-manager/],
  "secret that nobody issues": [(o) => { pick(o, "Certificate", "booking").spec.secretName = "other"; }, /no certificate of cert-manager/],
  "two identities": [(o) => { pick(o, "Certificate", "booking").spec.uris.push("spiffe://stillpoint.internal/x"); }, /one SPIFFE id/],
  "foreign identity": [(o) => { pick(o, "Certificate", "booking").spec.uris = ["spiffe://other/services/booking"]; }, /one SPIFFE id/],
  "server without its name": [(o) => { pick(o, "Certificate", "booking").spec.dnsNames = ["localhost"]; }, /no certificate names it/],
  "probe by what is not there": [(o) => { server(o).readinessProbe.exec.command = ["/bin/sh", "-c", "true"]; }, /does not hold/],
  "no limit": [(o) => { delete server(o).resources.limits; }, /memory limit/],
  "plain secret": [(o) => { server(o).env.push({ name: "STILLPOINT_DATABASE", value: "postgresql://u:p@h/d" }); }, /plain text/],
  "secret in the environment": [(o) => { server(o).env.push({ name: "STILLPOINT_DATABASE", valueFrom: { secretKeyRef: { name: "booking-db-server", key: "uri" } } }); }, /into the environment/],
  "serves as owner": [(o) => { pick(o, "Deployment", "booking").spec.template.spec.volumes.find((v) => v.name === "database").secret.secretName = "booking-db-app"; }, /owner of its tables/],
  "committed secret": [(o) => { o.push({ apiVersion: "v1", kind: "Secret", metadata: { name: "s" } }); }, /never committed/],
  "no default deny": [(o) => { o.splice(o.indexOf(pick(o, "NetworkPolicy", "default-deny")), 1); }, /default-deny/],
  "no own policy": [(o) => { o.splice(o.indexOf(pick(o, "NetworkPolicy", "booking")), 1); }, /NetworkPolicy of its own/],
  "no budget": [(o) => { o.splice(o.indexOf(pick(o, "PodDisruptionBudget", "booking")), 1); }, /PodDisruptionBudget/],
  "no autoscaler": [(o) => { o.splice(o.indexOf(pick(o, "HorizontalPodAutoscaler", "notification-worker")), 1); }, /worker: no HorizontalPodAutoscaler/],
  "lax namespace": [(o) => { delete pick(o, "Namespace", "stillpoint").metadata.labels; }, /restricted profile/],
  "no namespace": [(o) => { o.splice(o.indexOf(pick(o, "Namespace", "stillpoint")), 1); }, /no Namespace/],
  "init container as root file system's writer": [(o) => { pick(o, "Deployment", "booking").spec.template.spec.initContainers = [{ ...structuredClone(server(o)), securityContext: {} }]; }, /root file system/],
  "service selects nothing": [(o) => { pick(o, "Service", "booking").spec.selector = { a: "b" }; }, /selects no pod/],
  "scales nothing": [(o) => { pick(o, "HorizontalPodAutoscaler", "booking").spec.scaleTargetRef.name = "x"; }, /not there/],
};

test("the rendered overlay passes", () => assert.deepEqual(checkObjects(load(text)), []));
for (const [name, [breakIt, want]] of Object.entries(cases)) {
  test(name, () => {
    const objects = load(text);
    breakIt(objects);
    const problems = checkObjects(objects);
    assert.ok(problems.some((p) => want.test(p)), `not noticed; problems: ${problems.join("; ")}`);
  });
}
