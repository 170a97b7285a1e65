import assert from "node:assert/strict";
import { startHarness } from "../../apiserver/testing/harness.ts";
import { causesOf, tableOf } from "../testing/table.ts";

const GROUP = "networking.k8s.io/v1";
const of = (kind: string, name: string, spec: object) => ({
  apiVersion: GROUP,
  kind,
  metadata: { name },
  spec,
});
const INGRESSES = `/apis/${GROUP}/namespaces/default/ingresses`;
const path = (name: string) => ({
  path: "/",
  pathType: "Prefix",
  backend: { service: { name, port: { number: 80 } } },
});

Deno.test("an Ingress shows hosts, ports and addresses; its status has a place of its own", async () => {
  await using server = await startHarness();
  const hosts = ["a.example.com", "b.example.com", "", "c.example.com", "d"];
  const made = await server.json("POST", INGRESSES, {
    body: of("Ingress", "web", {
      ingressClassName: "nginx",
      rules: hosts.map((host) => ({ host, http: { paths: [path("s")] } })),
      tls: [{ secretName: "certificate" }],
    }),
  });
  assert.equal(made.metadata.generation, 1);
  assert.deepEqual(made.status, { loadBalancer: {} });
  const addressed = await server.json("PATCH", `${INGRESSES}/web/status`, {
    body: {
      status: {
        loadBalancer: {
          ingress: [{ ip: "192.0.2.1" }, { hostname: "lb.example.com" }],
        },
      },
    },
  });
  assert.equal(addressed.metadata.generation, 1);
  assert.deepEqual(await tableOf(server, INGRESSES), [{
    Name: "web",
    Class: "nginx",
    Hosts: "a.example.com,b.example.com,c.example.com + 2 more...",
    Address: "192.0.2.1,lb.example.com",
    Ports: "80, 443",
  }]);
  const wrong = await server.ask("PATCH", `${INGRESSES}/web/status`, {
    body: { status: { loadBalancer: { ingress: [{ ip: "lb" }] } } },
  });
  assert.deepEqual(await causesOf(wrong), {
    status: 422,
    causes: [
      'status.loadBalancer.ingress[0].ip: Invalid value: "lb": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    ],
  });
});

Deno.test("an Ingress with the old annotation is made with a warning", async () => {
  await using server = await startHarness();
  const body = of("Ingress", "old", { defaultBackend: path("s").backend });
  const answer = await server.ask("POST", INGRESSES, {
    body: {
      ...body,
      metadata: {
        name: "old",
        annotations: { "kubernetes.io/ingress.class": "nginx" },
      },
    },
  });
  assert.equal(answer.status, 201);
  assert.equal(
    answer.headers.get("warning"),
    `299 - "annotation \\"kubernetes.io/ingress.class\\" is deprecated, please use 'spec.ingressClassName' instead"`,
  );
  await answer.body?.cancel();
});

Deno.test("a NetworkPolicy gets protocols and directions", async () => {
  await using server = await startHarness();
  const plural = `/apis/${GROUP}/namespaces/default/networkpolicies`;
  const made = await server.json("POST", plural, {
    body: of("NetworkPolicy", "p", {
      podSelector: { matchLabels: { app: "db" } },
      egress: [{ ports: [{ port: 53 }] }],
    }),
  });
  assert.deepEqual(made.spec.policyTypes, ["Ingress", "Egress"]);
  assert.equal(made.spec.egress[0].ports[0].protocol, "TCP");
  assert.deepEqual(await tableOf(server, plural), [
    { Name: "p", "Pod-Selector": "app=db" },
  ]);
});

Deno.test("an IngressClass says what is its default, and what it is told", async () => {
  await using server = await startHarness();
  const plural = `/apis/${GROUP}/ingressclasses`;
  const parameters = { apiGroup: "example.com", kind: "Config", name: "c" };
  const made = await server.json("POST", plural, {
    body: {
      ...of("IngressClass", "nginx", {
        controller: "example.com/nginx",
        parameters,
      }),
      metadata: {
        name: "nginx",
        annotations: { "ingressclass.kubernetes.io/is-default-class": "true" },
      },
    },
  });
  assert.equal(made.spec.parameters.scope, "Cluster");
  assert.deepEqual(await tableOf(server, plural), [{
    Name: "nginx (default)",
    Controller: "example.com/nginx",
    Parameters: "Config.example.com/c",
  }]);
});

Deno.test("an IPAddress is named by its address and belongs to somebody", async () => {
  await using server = await startHarness();
  const plural = `/apis/${GROUP}/ipaddresses`;
  const parentRef = { resource: "services", namespace: "default", name: "s" };
  const wrong = await server.ask("POST", plural, {
    body: of("IPAddress", "2001:DB8::1", { parentRef }),
  });
  assert.deepEqual(await causesOf(wrong), {
    status: 422,
    causes: [
      'metadata.name: Invalid value: "2001:DB8::1": must be in canonical form ("2001:db8::1")',
    ],
  });
  await server.json("POST", plural, {
    body: of("IPAddress", "2001:db8::1", { parentRef }),
  });
  assert.deepEqual(await tableOf(server, plural), [
    { Name: "10.43.0.1", ParentRef: "services/default/kubernetes" },
    { Name: "2001:db8::1", ParentRef: "services/default/s" },
  ]);
});

Deno.test("a ServiceCIDR may get a network of the other family, and no other", async () => {
  await using server = await startHarness();
  const at = `/apis/${GROUP}/servicecidrs/more`;
  const made = await server.json("POST", `/apis/${GROUP}/servicecidrs`, {
    body: of("ServiceCIDR", "more", { cidrs: ["10.50.0.0/16"] }),
  });
  assert.equal(made.status.conditions[0].status, "False");
  const cidrs = ["10.50.0.0/16", "2001:db8::/108"];
  const both = await server.json("PATCH", at, { body: { spec: { cidrs } } });
  assert.deepEqual(both.spec.cidrs, cidrs);
  const answer = await server.ask("PATCH", at, {
    body: { spec: { cidrs: ["10.51.0.0/16", "2001:db8::/108"] } },
  });
  assert.deepEqual(await causesOf(answer), {
    status: 422,
    causes: [
      'spec.cidrs[0]: Invalid value: "10.51.0.0/16": field is immutable',
    ],
  });
});
