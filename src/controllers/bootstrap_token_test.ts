import assert from "node:assert/strict";
import { SECRETS } from "../client/resources.ts";
import { Controller } from "../loop/controller.ts";
import { type Bench, withBench } from "../testing/controller_bench.ts";
import type { FakeApi } from "../testing/fake_api.ts";
import {
  BOOTSTRAP_TOKEN_TYPE,
  BootstrapTokenReconciler,
  TOKEN_NAMESPACE,
} from "./bootstrap_token.ts";

function wire({ host, client, manager }: Bench): void {
  const secrets = manager.informer(SECRETS, {
    namespace: TOKEN_NAMESPACE,
    fieldSelector: `type=${BOOTSTRAP_TOKEN_TYPE}`,
  });
  manager.add(
    new Controller(
      host,
      new BootstrapTokenReconciler(host, { client, secrets }),
    ).watch(secrets),
  );
}

function token(
  api: FakeApi,
  name: string,
  expiration?: string,
  type = BOOTSTRAP_TOKEN_TYPE,
): void {
  api.put(`/api/v1/namespaces/${TOKEN_NAMESPACE}/secrets`, {
    metadata: { name },
    type,
    data: expiration === undefined
      ? {}
      : { expiration: new TextEncoder().encode(expiration).toBase64() },
  });
}

const names = (api: FakeApi) =>
  api.objects("secrets").map(({ metadata }) => metadata.name);

Deno.test("BootstrapTokenReconciler deletes a token when it expires, and leaves the others", () =>
  withBench(wire, async ({ host, api }) => {
    token(api, "a", "2026-01-01T00:10:00Z");
    token(api, "b", "2026-01-03T00:00:00Z");
    token(api, "for-ever");
    token(api, "no-token", "2026-01-01T00:00:01Z", "Opaque");
    await host.advance(599_000);
    assert.deepEqual(names(api), ["a", "b", "for-ever", "no-token"]);
    await host.advance(1_000);
    assert.deepEqual(names(api), ["b", "for-ever", "no-token"]);
    await host.advance(3 * 86_400_000);
    assert.deepEqual(names(api), ["for-ever", "no-token"]);
    assert.equal(host.timers, 0);
  }));

Deno.test("BootstrapTokenReconciler deletes a token whose expiry cannot be read", () =>
  withBench(wire, async ({ host, api }) => {
    token(api, "a", "tomorrow");
    await host.settle();
    assert.deepEqual(names(api), []);
  }));
