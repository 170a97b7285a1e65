import assert from "node:assert/strict";
import { decodeBase64, decodeText } from "../base/bytes.ts";
import { SECRETS, SERVICE_ACCOUNTS } from "../client/resources.ts";
import { Controller } from "../loop/controller.ts";
import { type Bench, withBench } from "../testing/controller_bench.ts";
import type { FakeApi } from "../testing/fake_api.ts";
import {
  ACCOUNT_TOKEN_TYPE,
  ServiceAccountSecretReconciler,
} from "./service_account_secret.ts";

const SPACE = "/api/v1/namespaces/default";

function wire({ host, client, manager }: Bench): void {
  const secrets = manager.informer(SECRETS, {
    fieldSelector: `type=${ACCOUNT_TOKEN_TYPE}`,
  });
  const accounts = manager.informer(SERVICE_ACCOUNTS);
  const reconciler = new ServiceAccountSecretReconciler({
    client,
    secrets,
    accounts,
    issue: ({ name, uid }, secret) => `token of ${name} ${uid} in ${secret}`,
    rootCa: "PEM",
  });
  manager.add(
    new Controller(host, reconciler).watch(secrets)
      .watch(accounts, (change) => reconciler.keysOfAccount(change)),
  );
}

function secret(api: FakeApi, name: string, annotations: object): void {
  api.put(`${SPACE}/secrets`, {
    metadata: { name, annotations },
    type: ACCOUNT_TOKEN_TYPE,
    data: { own: "a2VwdA==" },
  });
}

const NAME = "kubernetes.io/service-account.name";
const UID = "kubernetes.io/service-account.uid";

Deno.test("ServiceAccountSecretReconciler fills a Secret once, and puts a changed CA right", () =>
  withBench(wire, async ({ host, api, writes }) => {
    api.put(`${SPACE}/serviceaccounts`, { metadata: { name: "robot" } });
    const [{ metadata: { uid } }] = api.objects("serviceaccounts");
    secret(api, "s", { [NAME]: "robot" });
    await host.settle();
    const [filled] = api.objects("secrets");
    const data = Object.fromEntries(
      Object.entries(filled.data as Record<string, string>)
        .map(([key, value]) => [key, decodeText(decodeBase64(value))]),
    );
    assert.deepEqual(data, {
      own: "kept",
      token: `token of robot ${uid} in s`,
      namespace: "default",
      "ca.crt": "PEM",
    });
    assert.equal(filled.metadata.annotations[UID], uid);
    writes();
    api.change(
      `${SPACE}/serviceaccounts/robot`,
      ({ metadata }) => metadata.labels = { a: "b" },
    );
    await host.settle();
    assert.deepEqual(writes(), []);
    api.change(`${SPACE}/secrets/s`, ({ data }) => data["ca.crt"] = "b2xk");
    await host.settle();
    assert.equal(api.objects("secrets")[0].data["ca.crt"], "UEVN");
    assert.equal(api.objects("secrets")[0].data.token, filled.data.token);
  }));

Deno.test("ServiceAccountSecretReconciler removes Secrets whose account is gone or another", () =>
  withBench(wire, async ({ host, api }) => {
    api.put(`${SPACE}/serviceaccounts`, { metadata: { name: "robot" } });
    secret(api, "mine", { [NAME]: "robot" });
    secret(api, "older", { [NAME]: "robot", [UID]: "older" });
    secret(api, "nobody", { [NAME]: "nobody" });
    await host.settle();
    const names = () =>
      api.objects("secrets").map(({ metadata }) => metadata.name);
    assert.deepEqual(names(), ["mine"]);
    api.remove(`${SPACE}/serviceaccounts/robot`);
    await host.settle();
    assert.deepEqual(names(), []);
  }));
