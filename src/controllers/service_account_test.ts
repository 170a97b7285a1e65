import assert from "node:assert/strict";
import {
  CONFIG_MAPS,
  NAMESPACES,
  SERVICE_ACCOUNTS,
} from "../client/resources.ts";
import { Controller } from "../loop/controller.ts";
import { type Bench, withBench } from "../testing/controller_bench.ts";
import type { FakeApi } from "../testing/fake_api.ts";
import {
  DEFAULT_ACCOUNT,
  NamespaceDefaultsReconciler,
  ROOT_CA,
} from "./service_account.ts";

function wire({ host, client, manager }: Bench): void {
  const namespaces = manager.informer(NAMESPACES);
  const accounts = manager.informer(SERVICE_ACCOUNTS, {
    fieldSelector: `metadata.name=${DEFAULT_ACCOUNT}`,
  });
  const configMaps = manager.informer(CONFIG_MAPS, {
    fieldSelector: `metadata.name=${ROOT_CA}`,
  });
  const namespaceOf = ({ key }: { key: string }) => [key.split("/")[0]!];
  manager.add(
    new Controller(
      host,
      new NamespaceDefaultsReconciler({
        client,
        namespaces,
        accounts,
        configMaps,
        rootCa: "PEM",
      }),
    ).watch(namespaces).watch(accounts, namespaceOf).watch(
      configMaps,
      namespaceOf,
    ),
  );
}

const namespace = (api: FakeApi, name: string, phase = "Active") =>
  api.put("/api/v1/namespaces", { metadata: { name }, status: { phase } });

Deno.test("NamespaceDefaultsReconciler makes account and CA in each namespace, once", () =>
  withBench(wire, async ({ host, api, writes }) => {
    namespace(api, "a");
    namespace(api, "b");
    await host.settle();
    assert.deepEqual(
      api.objects("serviceaccounts").map(({ metadata }) => metadata.namespace),
      ["a", "b"],
    );
    assert.deepEqual(
      api.objects("configmaps").map(({ data }) => data["ca.crt"]),
      ["PEM", "PEM"],
    );
    writes();
    api.change(
      "/api/v1/namespaces/a",
      ({ metadata }) => metadata.labels = { a: "b" },
    );
    await host.advance(60_000);
    assert.deepEqual(writes(), []);
  }));

Deno.test("NamespaceDefaultsReconciler makes again what was deleted or changed", () =>
  withBench(wire, async ({ host, api }) => {
    namespace(api, "a");
    await host.settle();
    api.remove("/api/v1/namespaces/a/serviceaccounts/default");
    api.change(
      "/api/v1/namespaces/a/configmaps/kube-root-ca.crt",
      (map) => map.data = { "ca.crt": "forged" },
    );
    await host.settle();
    assert.equal(api.objects("serviceaccounts").length, 1);
    assert.equal(api.objects("configmaps")[0].data["ca.crt"], "PEM");
  }));

Deno.test("NamespaceDefaultsReconciler makes nothing in a namespace that goes away", () =>
  withBench(wire, async ({ host, api, writes }) => {
    namespace(api, "a", "Terminating");
    await host.settle();
    assert.deepEqual(writes(), []);
  }));
