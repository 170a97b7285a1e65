import assert from "node:assert/strict";
import { VirtualHost } from "../testing/virtual_host.ts";
import { AuditLog } from "./audit/audit_log.ts";
import type { AuditEvent } from "./audit/event.ts";
import { parsePolicy } from "./audit/policy.ts";
import { AUTHENTICATED_GROUP, nodeUser, type User } from "./auth/user.ts";
import type { ImageRegistry } from "./image_registry.ts";
import { startHarness } from "./testing/harness.ts";

const RBAC = "/apis/rbac.authorization.k8s.io/v1";
const TOKENS = [{
  token: "secret",
  user: "admin",
  uid: "1",
  groups: ["system:masters"],
}];
const JANE: User = { name: "jane", groups: [AUTHENTICATED_GROUP] };

type Asked = Parameters<ImageRegistry["answer"]>[0];

/** A registry that tells who asked for what. */
class Told implements ImageRegistry {
  readonly asked: string[] = [];
  last: Asked | undefined;

  answer(asked: Asked): Promise<Response> {
    this.last = asked;
    this.asked.push(`${asked.user} ${asked.request.method} ${asked.path}`);
    return Promise.resolve(new Response("told"));
  }
}

function basic(text: string): Record<string, string> {
  return { authorization: `Basic ${btoa(text)}` };
}

Deno.test("registry takes a token as the password of any user, and asks for one as registries do", async () => {
  const images = new Told();
  await using server = await startHarness({ tokens: TOKENS, images });
  const ask = (path: string, headers: Record<string, string> = {}) =>
    server.app.fetch(new Request(`http://api${path}`, { headers }), {});
  for (
    const headers of [
      {},
      basic("admin:wrong"),
      basic("no colon"),
      { authorization: "Basic !" },
      { authorization: "Bearer wrong" },
    ]
  ) {
    for (const path of ["/v2/", "/v2", "/v2/app/manifests/v1"]) {
      const answer = await ask(path, headers);
      assert.equal(answer.status, 401);
      assert.equal(
        answer.headers.get("www-authenticate"),
        'Basic realm="wherry"',
      );
      const [{ code }] = (await answer.json()).errors;
      assert.equal(code, "UNAUTHORIZED");
    }
  }
  assert.deepEqual(images.asked, []);
  for (
    const headers of [
      basic("anyone:secret"),
      basic(":secret"),
      { authorization: "Bearer secret" },
    ]
  ) {
    const answer = await ask("/v2/app/manifests/v1", headers);
    assert.equal(await answer.text(), "told");
  }
  assert.equal(images.asked.length, 3);
  // Elsewhere a password is nothing.
  const elsewhere = await ask("/api/v1/namespaces", basic("a:secret"));
  assert.equal(elsewhere.status, 403);
  assert.equal((await elsewhere.json()).kind, "Status");
});

Deno.test("registry's repositories are granted by their paths and methods", async () => {
  const images = new Told();
  await using server = await startHarness({ policy: true, images });
  await server.json("POST", `${RBAC}/clusterroles`, {
    body: {
      metadata: { name: "team-a" },
      rules: [{ nonResourceURLs: ["/v2/team-a/*"], verbs: ["get", "put"] }],
    },
  });
  await server.json("POST", `${RBAC}/clusterrolebindings`, {
    body: {
      metadata: { name: "team-a" },
      roleRef: {
        apiGroup: "rbac.authorization.k8s.io",
        kind: "ClusterRole",
        name: "team-a",
      },
      subjects: [{
        apiGroup: "rbac.authorization.k8s.io",
        kind: "User",
        name: "jane",
      }],
    },
  });
  const status = async (user: User, method: string, path: string) => {
    const answer = await server.ask(method, path, { user });
    const text = await answer.text();
    if (answer.status === 403) {
      assert.equal(JSON.parse(text).errors[0].code, "DENIED");
    }
    return answer.status;
  };
  assert.equal(await status(JANE, "GET", "/v2/"), 200);
  assert.equal(await status(JANE, "GET", "/v2/team-a/app/manifests/v1"), 200);
  assert.equal(await status(JANE, "PUT", "/v2/team-a/app/manifests/v1"), 200);
  for (
    const [method, path] of [
      ["DELETE", "/v2/team-a/app/manifests/v1"],
      ["GET", "/v2/team-b/app/manifests/v1"],
      ["GET", "/v2/team-a/../team-b/app/manifests/v1"],
      ["GET", "/v2/_catalog"],
    ] as const
  ) assert.equal(await status(JANE, method, path), 403, path);
  // Segments that no path has: nobody gets so far.
  assert.equal(await status(JANE, "GET", "/v2/team-a/%2e%2e%2fteam-b/x"), 404);
  const node = nodeUser("n1");
  assert.equal(await status(node, "GET", "/v2/team-b/app/blobs/x"), 200);
  assert.equal(await status(node, "HEAD", "/v2/team-b/app/blobs/x"), 200);
  assert.equal(await status(node, "PUT", "/v2/team-b/app/manifests/v1"), 403);
  await status(JANE, "GET", "/v2/team-a/app/manifests/v1");
  const { may } = images.last!;
  assert.ok(may("get", "/v2/team-a/x/blobs/y"));
  assert.ok(!may("get", "/v2/team-b/x/blobs/y"));
});

Deno.test("registry's requests hold no seat of their priority level while contents move", async () => {
  const { promise: moved, resolve } = Promise.withResolvers<void>();
  let waiting = 0;
  await using server = await startHarness({
    images: {
      async answer() {
        waiting++;
        await moved;
        return new Response();
      },
    },
  });
  const running = () =>
    Object.values(server.api.flows.describe())
      .reduce((sum, level) => sum + level.running, 0);
  const user: User = { name: "a", groups: ["system:masters"] };
  const robot: User = { name: "b", groups: [AUTHENTICATED_GROUP] };
  const answers = [user, robot].map((user) =>
    server.ask("PATCH", "/v2/", { user, body: "x" })
  );
  while (waiting < 2) await server.host.advance(0);
  assert.equal(running(), 0);
  resolve();
  for (const answer of await Promise.all(answers)) await answer.body?.cancel();
});

Deno.test("audit log tells of a registry's requests without what they bring", async () => {
  const events: AuditEvent[] = [];
  const policy = parsePolicy(JSON.stringify({
    apiVersion: "audit.k8s.io/v1",
    kind: "Policy",
    rules: [{ level: "RequestResponse" }],
  }));
  const audit = new AuditLog(new VirtualHost(), {
    policy,
    sink: {
      write: (line) => void events.push(JSON.parse(line)),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    },
  });
  await using server = await startHarness({ audit, images: new Told() });
  const path = "/v2/app/manifests/v1";
  const answer = await server.ask("PUT", path, { body: { very: "secret" } });
  assert.equal(await answer.text(), "told");
  assert.deepEqual(
    events.map(({ stage, verb, requestURI }) => [stage, verb, requestURI]),
    [
      ["RequestReceived", "put", path],
      ["ResponseComplete", "put", path],
    ],
  );
  assert.ok(!JSON.stringify(events).match(/secret|told/));
});

Deno.test("registry's paths are nowhere when there is none", async () => {
  await using server = await startHarness();
  const answer = await server.ask("GET", "/v2/app/manifests/v1");
  assert.equal(answer.status, 404);
  assert.ok("errors" in await answer.json());
});
