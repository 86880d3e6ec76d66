// Validates rendered Kubernetes objects without a cluster.  Usage: node check.mjs FILE...
// Two schemas, because each misses what the other finds: kubernetes-models knows required fields and
// enums, client-node's attribute maps know every field's name. Then the policies of deploy/README.md.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL, fileURLToPath } from "node:url";
import path from "node:path";

const here = path.dirname(fileURLToPath(import.meta.url));
const require = createRequire(path.join(here, "../npm/package.json"));
const yaml = require("js-yaml");
const { policyProblems } = await import(pathToFileURL(path.join(here, "policy.mjs")));
const k8s = await import(pathToFileURL(require.resolve("@kubernetes/client-node")));

// Custom resources have no schema in either package; their policies are checked all the same.
const CUSTOM = new Set(["postgresql.cnpg.io/v1", "cert-manager.io/v1"]);

function groupModule(apiVersion) {
  const [group, version] = apiVersion.includes("/") ? apiVersion.split("/") : ["", apiVersion];
  return group === "" ? version : `${group}/${version}`;
}

function modelOf(object) {
  try {
    return require(`kubernetes-models/${groupModule(object.apiVersion)}`)[object.kind];
  } catch {
    return undefined;
  }
}

// The client's class for an object is named VersionKind: V1Deployment, V2HorizontalPodAutoscaler.
function classOf(object) {
  const version = object.apiVersion.split("/").pop();
  return k8s[version[0].toUpperCase() + version.slice(1) + object.kind];
}

function unknownFields(value, type, where, found) {
  const list = /^Array<(.*)>$/.exec(type);
  if (list) {
    if (Array.isArray(value)) value.forEach((v, i) => unknownFields(v, list[1], `${where}[${i}]`, found));
    else found.push(`${where}: is not a list`);
    return;
  }
  const attributes = k8s[type]?.getAttributeTypeMap?.();
  if (!attributes || value === null || typeof value !== "object") return;
  const byName = new Map(attributes.map((a) => [a.baseName, a.type]));
  for (const [name, field] of Object.entries(value)) {
    if (byName.has(name)) unknownFields(field, byName.get(name), `${where}.${name}`, found);
    else found.push(`${where}.${name}: no such field`);
  }
}

export function checkObjects(objects) {
  const problems = [];
  for (const object of objects) {
    const id = `${object.kind}/${object.metadata?.name}`;
    if (CUSTOM.has(object.apiVersion)) continue;
    const Model = modelOf(object);
    const Class = classOf(object);
    if (!Model || !Class) {
      problems.push(`${id}: ${object.apiVersion} is not an API of Kubernetes`);
      continue;
    }
    try {
      new Model(object).validate();
    } catch (error) {
      problems.push(`${id}: ${error.message}`);
    }
    unknownFields(object, Class.name, id, problems);
  }
  return problems.concat(policyProblems(objects));
}

export function load(text) {
  return yaml.loadAll(text).filter(Boolean);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  let failed = 0;
  for (const file of process.argv.slice(2)) {
    const objects = load(readFileSync(file, "utf8"));
    const problems = checkObjects(objects);
    for (const problem of problems) console.log(`${file}: ${problem}`);
    if (objects.length === 0) console.log(`${file}: holds no object`);
    failed += problems.length + (objects.length === 0 ? 1 : 0);
    console.log(`${file}: ${objects.length} objects, ${problems.length} problems`);
  }
  process.exit(failed ? 1 : 0);
}
