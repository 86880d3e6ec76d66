// What every object that we deploy must keep, beyond being valid.

function podSpecs(objects) {
  return objects
    .filter((o) => o.spec?.template?.spec)
    .map((o) => ({ id: `${o.kind}/${o.metadata.name}`, kind: o.kind, object: o, spec: o.spec.template.spec }));
}

function matches(selector, labels) {
  return Object.entries(selector ?? {}).every(([key, value]) => labels?.[key] === value);
}

function* containerProblems(id, kind, container) {
  const at = `${id}: container ${container.name}`;
  const security = container.securityContext ?? {};
  if (security.allowPrivilegeEscalation !== false) yield `${at}: may escalate privileges`;
  if (security.readOnlyRootFilesystem !== true) yield `${at}: writes its root file system`;
  if (!security.capabilities?.drop?.includes("ALL")) yield `${at}: keeps capabilities`;
  const tag = /:([^/]+)$/.exec(container.image ?? "")?.[1];
  if (!tag || tag === "latest") yield `${at}: image ${container.image} has no pinned tag`;
  if (!container.resources?.requests?.cpu || !container.resources?.requests?.memory) yield `${at}: has no requests`;
  if (!container.resources?.limits?.memory) yield `${at}: has no memory limit`;
  for (const variable of container.env ?? []) {
    const isPath = /_FILE$/.test(variable.name);
    if (/PASSWORD|SECRET_KEY|TOKEN|DATABASE|CREDENTIALS$/.test(variable.name) && !isPath && variable.value !== undefined) {
      yield `${at}: ${variable.name} holds a secret in plain text`;
    }
    // An environment is printed, inherited and dumped; a mounted file is read once.
    if (variable.valueFrom?.secretKeyRef) yield `${at}: ${variable.name} puts a secret into the environment`;
  }
  if (kind !== "Job") {
    if (!container.readinessProbe) yield `${at}: has no readiness probe`;
    if (!container.livenessProbe) yield `${at}: has no liveness probe`;
  }
  const ports = new Set((container.ports ?? []).flatMap((p) => [p.name, p.containerPort]));
  for (const probe of [container.readinessProbe, container.livenessProbe, container.startupProbe]) {
    const port = probe?.grpc?.port ?? probe?.tcpSocket?.port ?? probe?.httpGet?.port;
    if (port !== undefined && !ports.has(port)) yield `${at}: a probe asks port ${port}, which it does not have`;
    // An image of ours holds one program, at /bin/NAME.
    const run = probe?.exec?.command?.[0];
    const program = /(?:^|\/)(stillpoint[^/:]*)(?::|$)/.exec(container.image ?? "")?.[1];
    if (run && program && run !== `/bin/${program}`) yield `${at}: a probe runs ${run}, which its image does not hold`;
  }
}

function* podProblems({ id, kind, object, spec }) {
  if (spec.securityContext?.runAsNonRoot !== true) yield `${id}: may run as root`;
  if (spec.securityContext?.seccompProfile?.type !== "RuntimeDefault") yield `${id}: has no seccomp profile`;
  if (spec.automountServiceAccountToken !== false) yield `${id}: carries a Kubernetes token it does not need`;
  if (spec.enableServiceLinks !== false) yield `${id}: service links would inject variables that our servers refuse`;
  if (spec.hostNetwork || spec.hostPID || spec.hostIPC) yield `${id}: shares a namespace of its host`;
  const labels = object.spec.template.metadata?.labels;
  if (kind !== "Job" && !matches(object.spec.selector?.matchLabels, labels)) {
    yield `${id}: its selector does not match its own pods`;
  }
  for (const container of spec.containers ?? []) yield* containerProblems(id, kind, container);
  // One that runs before the others has no probes, as a Job has none.
  for (const container of spec.initContainers ?? []) yield* containerProblems(id, "Job", container);
  // Only who migrates owns the tables: a server that did would refuse to start.
  if (kind !== "Job" && spec.volumes?.some((v) => /-db-app$/.test(v.secret?.secretName ?? ""))) {
    yield `${id}: serves as the owner of its tables`;
  }
  const volumes = new Set((spec.volumes ?? []).map((v) => v.name));
  for (const container of spec.containers ?? []) {
    for (const mount of container.volumeMounts ?? []) {
      if (!volumes.has(mount.name)) yield `${id}: mounts ${mount.name}, which is no volume`;
    }
  }
}

function* relationProblems(objects) {
  const pods = podSpecs(objects);
  const labelled = pods.map((p) => p.object.spec.template.metadata?.labels ?? {});
  const policies = objects.filter((o) => o.kind === "NetworkPolicy");
  const isDefaultDeny = (p) => Object.keys(p.spec.podSelector ?? {}).length === 0 && !p.spec.ingress && !p.spec.egress;
  if (!policies.some(isDefaultDeny)) yield "there is no default-deny NetworkPolicy";
  for (const pod of pods) {
    const labels = pod.object.spec.template.metadata?.labels;
    const own = policies.filter((p) => p.spec.podSelector?.matchLabels && matches(p.spec.podSelector.matchLabels, labels));
    if (own.length === 0) yield `${pod.id}: no NetworkPolicy of its own`;
    if (pod.kind === "Deployment") {
      const budget = objects.some((o) => o.kind === "PodDisruptionBudget" && matches(o.spec.selector?.matchLabels, labels));
      if (!budget) yield `${pod.id}: no PodDisruptionBudget`;
      const scaled = objects.some((o) => o.kind === "HorizontalPodAutoscaler" &&
        `${o.spec.scaleTargetRef.kind}/${o.spec.scaleTargetRef.name}` === pod.id);
      if (!scaled) yield `${pod.id}: no HorizontalPodAutoscaler`;
    }
  }
  for (const service of objects.filter((o) => o.kind === "Service")) {
    if (!labelled.some((labels) => matches(service.spec.selector, labels))) {
      yield `Service/${service.metadata.name}: selects no pod`;
    }
  }
  const names = new Set(objects.map((o) => `${o.kind}/${o.metadata.name}`));
  for (const scaler of objects.filter((o) => o.kind === "HorizontalPodAutoscaler")) {
    const target = `${scaler.spec.scaleTargetRef.kind}/${scaler.spec.scaleTargetRef.name}`;
    if (!names.has(target)) yield `HorizontalPodAutoscaler/${scaler.metadata.name}: scales ${target}, which is not there`;
  }
}

// A container's plain variables by name.
function variables(container) {
  return new Map((container.env ?? []).map((v) => [v.name, v.value]));
}

// Our programs speak TLS, each with a mounted certificate of its own that names exactly one identity.
function* transportProblems(objects) {
  const certificates = new Map(objects.filter((o) => o.kind === "Certificate").map((o) => [o.spec.secretName, o]));
  for (const { id, kind, spec } of podSpecs(objects)) {
    for (const container of spec.containers ?? []) {
      if (kind === "Job" || !/(^|\/)stillpoint-/.test(container.image ?? "")) continue;
      const env = variables(container);
      if (env.has("STILLPOINT_ALLOW_PLAINTEXT_NETWORK")) yield `${id}: allows plaintext beyond its pod`;
      const mount = container.volumeMounts?.find((m) => env.get("STILLPOINT_TLS_CERT")?.startsWith(`${m.mountPath}/`));
      const secret = spec.volumes?.find((v) => v.name === mount?.name)?.secret?.secretName;
      const certificate = certificates.get(secret);
      if (!certificate) {
        yield `${id}: has no certificate of cert-manager's mounted where STILLPOINT_TLS_CERT says`;
        continue;
      }
      const uris = certificate.spec.uris ?? [];
      const domain = env.get("STILLPOINT_TRUST_DOMAIN");
      if (uris.length !== 1 || !uris[0].startsWith(domain ? `spiffe://${domain}/` : "spiffe://")) {
        yield `${id}: Certificate/${certificate.metadata.name} does not name one SPIFFE id of its trust domain`;
      }
    }
  }
  // Clients call a service by its name.
  for (const service of objects.filter((o) => o.kind === "Service" && o.spec.ports.some((p) => p.name === "grpc"))) {
    const name = service.metadata.name;
    if (!certificates.get(`${name}-tls`)?.spec.dnsNames?.includes(name)) yield `Service/${name}: no certificate names it`;
  }
}

export function policyProblems(objects) {
  const problems = [];
  const seen = new Set();
  for (const object of objects) {
    const id = `${object.apiVersion} ${object.kind}/${object.metadata?.name}`;
    if (seen.has(id)) problems.push(`${id}: defined twice`);
    seen.add(id);
    if (object.kind === "Secret") problems.push(`${id}: secrets are referred to, never committed`);
    if (!/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(object.metadata?.name ?? "")) problems.push(`${id}: not a DNS name`);
  }
  for (const space of objects.filter((o) => o.kind === "Namespace")) {
    if (space.metadata.labels?.["pod-security.kubernetes.io/enforce"] !== "restricted") {
      problems.push(`Namespace/${space.metadata.name}: does not enforce the restricted profile`);
    }
  }
  if (!objects.some((o) => o.kind === "Namespace")) problems.push("there is no Namespace");
  for (const pod of podSpecs(objects)) problems.push(...podProblems(pod));
  problems.push(...relationProblems(objects), ...transportProblems(objects));
  return problems;
}
