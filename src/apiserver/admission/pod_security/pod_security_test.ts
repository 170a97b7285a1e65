import assert from "node:assert/strict";
import { type Harness, pod, startHarness } from "../../testing/harness.ts";

const PREFIX = "pod-security.kubernetes.io/";

async function withLabels(
  labels: Readonly<Record<string, string>>,
): Promise<Harness> {
  const server = await startHarness();
  await server.json("POST", "/api/v1/namespaces", {
    body: {
      metadata: {
        name: "s",
        labels: Object.fromEntries(
          Object.entries(labels).map(([name, value]) => [PREFIX + name, value]),
        ),
      },
    },
  });
  return server;
}

const PODS = "/api/v1/namespaces/s/pods";

/** A pod that level restricted takes. */
const GOOD = {
  securityContext: {
    runAsNonRoot: true,
    seccompProfile: { type: "RuntimeDefault" },
  },
  containers: [{
    name: "c",
    image: "a",
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
    },
  }],
};

async function violation(server: Harness, spec: object): Promise<string> {
  const { message } = await server.json("POST", PODS, {
    body: pod("p", { spec }),
    status: 403,
  });
  return message;
}

Deno.test("podSecurity refuses what a restricted namespace does not want, and names all of it", async () => {
  await using server = await withLabels({ enforce: "restricted" });
  assert.equal(
    await violation(server, {}),
    'pods "p" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false (container "main" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container "main" must set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or container "main" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container "main" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
  );
  const [container] = GOOD.containers;
  assert.equal(
    await violation(server, {
      ...GOOD,
      hostUsers: false,
      containers: [{
        ...container,
        securityContext: {
          ...container!.securityContext,
          procMount: "Unmasked",
        },
      }],
      volumes: [{ name: "v", hostPath: { path: "/" } }],
    }),
    'pods "p" is forbidden: violates PodSecurity "restricted:latest": procMount (container "c" must not set securityContext.procMount to "Unmasked"), restricted volume types (volume "v" uses restricted volume type "hostPath")',
  );
  await server.json("POST", PODS, { body: pod("p", { spec: GOOD }) });
});

Deno.test("podSecurity has Kubernetes' words for all of baseline", async () => {
  await using server = await withLabels({ enforce: "baseline" });
  const cases: readonly (readonly [spec: object, text: string])[] = [
    [
      { hostNetwork: true, hostPID: true },
      "host namespaces (hostNetwork=true, hostPID=true)",
    ],
    [
      { volumes: [{ name: "v", hostPath: { path: "/" } }] },
      'hostPath volumes (volume "v")',
    ],
    [
      { containers: [{ ...MAIN, securityContext: { privileged: true } }] },
      'privileged (container "main" must not set securityContext.privileged=true)',
    ],
    [
      {
        containers: [{
          ...MAIN,
          securityContext: { capabilities: { add: ["SYS_TIME", "CHOWN"] } },
        }],
      },
      'non-default capabilities (container "main" must not include "SYS_TIME" in securityContext.capabilities.add)',
    ],
    [
      {
        containers: [
          { ...MAIN, ports: [{ containerPort: 80, hostPort: 80 }] },
          {
            ...MAIN,
            name: "other",
            ports: [{ containerPort: 443, hostPort: 443 }],
          },
        ],
      },
      'hostPort (containers "main", "other" use hostPorts 443, 80)',
    ],
    [
      {
        containers: [{
          ...MAIN,
          livenessProbe: { httpGet: { port: 80, host: "10.0.0.1" } },
        }],
      },
      'probe or lifecycle host (container "main" uses probe or lifecycle host "10.0.0.1")',
    ],
    [
      {
        securityContext: { seLinuxOptions: { type: "spc_t", user: "u" } },
      },
      'seLinuxOptions (pod set forbidden securityContext.seLinuxOptions: type "spc_t"; user may not be set)',
    ],
    [
      { securityContext: { seccompProfile: { type: "Unconfined" } } },
      'seccompProfile (pod must not set securityContext.seccompProfile.type to "Unconfined")',
    ],
    [
      { securityContext: { appArmorProfile: { type: "Unconfined" } } },
      'forbidden AppArmor profile (pod must not set AppArmor profile type to "Unconfined")',
    ],
    [
      {
        securityContext: {
          sysctls: [{ name: "kernel.msgmax", value: "1" }],
        },
      },
      "forbidden sysctls (kernel.msgmax)",
    ],
  ];
  for (const [spec, text] of cases) {
    assert.equal(
      await violation(server, spec),
      `pods "p" is forbidden: violates PodSecurity "baseline:latest": ${text}`,
    );
  }
  await server.json("POST", PODS, { body: pod("p") });
});

const MAIN = { name: "main", image: "a" };

Deno.test("podSecurity knows how levels were in older versions", async () => {
  await using server = await withLabels({
    enforce: "baseline",
    "enforce-version": "v1.31",
  });
  const rmem = (name: string) => ({
    securityContext: { sysctls: [{ name, value: "1" }] },
  });
  assert.equal(
    await violation(server, rmem("net.ipv4.tcp_rmem")),
    'pods "p" is forbidden: violates PodSecurity "baseline:v1.31": forbidden sysctls (net.ipv4.tcp_rmem)',
  );
  // Hosts of probes were not looked at before 1.34.
  await server.json("POST", PODS, {
    body: pod("p", {
      spec: {
        containers: [{
          ...MAIN,
          livenessProbe: { tcpSocket: { port: 80, host: "10.0.0.1" } },
        }],
      },
    }),
  });
});

Deno.test("podSecurity warns where it is told to, of pods and of what makes them", async () => {
  await using server = await withLabels({
    enforce: "privileged",
    warn: "baseline",
  });
  const warned = async (path: string, body: object) => {
    const answer = await server.ask("POST", path, { body });
    await answer.body?.cancel();
    assert.equal(answer.status, 201);
    return answer.headers.get("warning");
  };
  const text =
    '299 - "would violate PodSecurity \\"baseline:latest\\": host namespaces (hostPID=true)"';
  assert.equal(
    await warned(PODS, pod("p", { spec: { hostPID: true } })),
    text,
  );
  const { spec } = pod("t", { spec: { hostPID: true } });
  assert.equal(
    await warned("/apis/apps/v1/namespaces/s/deployments", {
      metadata: { name: "d" },
      spec: {
        selector: { matchLabels: { a: "b" } },
        template: { metadata: { labels: { a: "b" } }, spec },
      },
    }),
    text,
  );
  assert.equal(await warned(PODS, pod("q")), null);
});

Deno.test("podSecurity refuses labels that make no policy, unless they were wrong before", async () => {
  await using server = await startHarness();
  const make = (labels: Record<string, string>) => ({
    metadata: { name: "x", labels },
  });
  const refused = await server.json("POST", "/api/v1/namespaces", {
    body: make({ [`${PREFIX}enforce`]: "lax", [`${PREFIX}warn-version`]: "2" }),
    status: 422,
  });
  assert.deepEqual(
    refused.details.causes.map((cause: { message: string }) => cause.message),
    [
      'Invalid value: "lax": must be one of privileged, baseline, restricted',
      'Invalid value: "2": must be "latest" or "v1.x"',
    ],
  );
  await server.json("POST", "/api/v1/namespaces", { body: make({}) });
  await server.json("PATCH", "/api/v1/namespaces/x", {
    body: { metadata: { labels: { [`${PREFIX}enforce`]: "lax" } } },
    status: 422,
  });
});

Deno.test("podSecurity tells which pods a stricter level would not have let in", async () => {
  await using server = await withLabels({});
  for (const name of ["b", "a", "c"]) {
    await server.json("POST", PODS, {
      body: pod(name, { spec: { hostIPC: true } }),
    });
  }
  await server.json("POST", PODS, { body: pod("d", { spec: GOOD }) });
  const answer = await server.ask("PATCH", "/api/v1/namespaces/s", {
    body: { metadata: { labels: { [`${PREFIX}enforce`]: "baseline" } } },
  });
  await answer.body?.cancel();
  assert.equal(answer.status, 200);
  assert.equal(
    answer.headers.get("warning"),
    '299 - "existing pods in namespace \\"s\\" violate the new PodSecurity enforce level \\"baseline:latest\\"", 299 - "a (and 2 other pods): host namespaces"',
  );
});

Deno.test("podSecurity lets what is there be changed as long as no image and no container is", async () => {
  await using server = await withLabels({});
  await server.json("POST", PODS, {
    body: pod("p", { spec: { hostIPC: true } }),
  });
  await server.json("PATCH", "/api/v1/namespaces/s", {
    body: { metadata: { labels: { [`${PREFIX}enforce`]: "baseline" } } },
  });
  await server.json("PATCH", `${PODS}/p`, {
    body: { metadata: { labels: { a: "b" } } },
  });
  await server.json("PATCH", `${PODS}/p`, {
    body: [{ op: "replace", path: "/spec/containers/0/image", value: "b" }],
    headers: { "content-type": "application/json-patch+json" },
    status: 403,
  });
});

Deno.test("podSecurity looks at containers that come later", async () => {
  await using server = await withLabels({ enforce: "baseline" });
  await server.json("POST", PODS, { body: pod("p") });
  const add = (name: string, securityContext: object, status: number) =>
    server.json("PATCH", `${PODS}/p/ephemeralcontainers`, {
      body: {
        spec: {
          ephemeralContainers: [{ name, image: "debug", securityContext }],
        },
      },
      headers: { "content-type": "application/strategic-merge-patch+json" },
      status,
    });
  const { message } = await add("mighty", { privileged: true }, 403);
  assert.equal(
    message,
    'pods "p" is forbidden: violates PodSecurity "baseline:latest": privileged (container "mighty" must not set securityContext.privileged=true)',
  );
  await add("modest", {}, 200);
});
