import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { issueRequested } from "../base/certificate_request.ts";
import { createAuthority } from "../base/certificates.ts";
import { CERTIFICATE_SIGNING_REQUESTS } from "../client/resources.ts";
import { Controller } from "../loop/controller.ts";
import { type Bench, withBench } from "../testing/controller_bench.ts";
import type { FakeApi } from "../testing/fake_api.ts";
import { pkcs10 } from "../testing/pkcs10.ts";
import { CertificateSigningReconciler } from "./certificate_signing.ts";

const PATH = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
const CLIENT = "kubernetes.io/kube-apiserver-client";
const HOUR_MS = 3_600_000;

function wire({ host, client, manager }: Bench): void {
  const authority = createAuthority(host, { commonName: "test" });
  const requests = manager.informer(CERTIFICATE_SIGNING_REQUESTS);
  const reconciler = new CertificateSigningReconciler(host, {
    client,
    requests,
    issue: (request, policy) =>
      issueRequested(host, { authority, request, policy }),
  });
  manager.add(new Controller(host, reconciler).watch(requests));
}

function put(
  { host, api }: Bench,
  name: string,
  { spec = {}, type, organization = "crew" }: {
    spec?: object;
    type?: string;
    organization?: string;
  },
): void {
  const lastUpdateTime = new Date(host.clock.now()).toISOString();
  api.put(PATH, {
    metadata: { name },
    spec: {
      request: pkcs10(host, { name, organization }).request,
      signerName: CLIENT,
      usages: ["digital signature", "client auth"],
      ...spec,
    },
    ...(type && {
      status: { conditions: [{ type, status: "True", lastUpdateTime }] },
    }),
  });
}

const find = (api: FakeApi, name: string) =>
  api.objects("certificatesigningrequests")
    .find(({ metadata }) => metadata.name === name);

Deno.test("CertificateSigningReconciler signs what is approved, for as long as was asked, and nothing else", () =>
  withBench(wire, async (bench) => {
    const { host, api, writes } = bench;
    put(bench, "jane", { type: "Approved", spec: { expirationSeconds: 3600 } });
    put(bench, "year", { type: "Approved" });
    put(bench, "pending", {});
    put(bench, "denied", { type: "Denied" });
    put(bench, "foreign", {
      type: "Approved",
      spec: { signerName: "example.org/own" },
    });
    await host.settle();
    const read = (name: string) =>
      new X509Certificate(atob(find(api, name).status.certificate));
    const jane = read("jane");
    assert.equal(jane.subject, "O=crew\nCN=jane");
    const now = host.clock.now();
    assert.equal(Date.parse(jane.validTo), now + HOUR_MS);
    assert.equal(Date.parse(jane.validFrom), now - 300_000);
    assert.equal(
      Date.parse(read("year").validTo),
      now + 365 * 24 * HOUR_MS - 300_000,
    );
    for (const name of ["pending", "denied", "foreign"]) {
      assert.equal(find(api, name).status?.certificate, undefined, name);
    }
    writes();
    api.change(`${PATH}/jane`, ({ metadata }) => metadata.labels = { a: "b" });
    await host.settle();
    assert.deepEqual(writes(), []);
  }));

Deno.test("CertificateSigningReconciler says why a signer does not take a request", () =>
  withBench(wire, async (bench) => {
    const { host, api } = bench;
    const kubelet = "kubernetes.io/kube-apiserver-client-kubelet";
    const cases: [string, Parameters<typeof put>[2], string][] = [
      [
        "jane",
        { spec: { usages: ["server auth"] } },
        "invalid usage for client certificate: server auth",
      ],
      [
        "joe",
        { spec: { usages: ["digital signature"] } },
        "missing required usage for client certificate: client auth",
      ],
      [
        "ann",
        { spec: { signerName: kubelet } },
        "subject organization is not system:nodes",
      ],
      [
        "system:nodes:n",
        { spec: { signerName: kubelet }, organization: "system:nodes" },
        "subject common name does not begin with system:node:",
      ],
      [
        "system:node:n",
        {
          spec: { signerName: "kubernetes.io/kubelet-serving" },
          organization: "system:nodes",
        },
        "DNS or IP subjectAltName is required",
      ],
    ];
    for (const [name, options] of cases) {
      put(bench, name, { ...options, type: "Approved" });
    }
    await host.settle();
    for (const [name, , message] of cases) {
      const { certificate, conditions } = find(api, name).status;
      assert.equal(certificate, undefined, name);
      const { type, reason, message: said } = conditions.at(-1);
      assert.deepEqual(
        [type, reason, said],
        ["Failed", "SignerValidationFailure", message],
      );
    }
  }));

Deno.test("CertificateSigningReconciler clears requests away: answered ones after an hour, others after a day", () =>
  withBench(wire, async (bench) => {
    const { host, api } = bench;
    put(bench, "signed", { type: "Approved" });
    put(bench, "denied", { type: "Denied" });
    put(bench, "pending", {});
    const names = () =>
      api.objects("certificatesigningrequests")
        .map(({ metadata }) => metadata.name).sort();
    await host.advance(HOUR_MS - 1000);
    assert.deepEqual(names(), ["denied", "pending", "signed"]);
    await host.advance(2000);
    assert.deepEqual(names(), ["pending"]);
    await host.advance(23 * HOUR_MS);
    assert.deepEqual(names(), []);
  }));
