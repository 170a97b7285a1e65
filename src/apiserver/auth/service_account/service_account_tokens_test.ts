import assert from "node:assert/strict";
import { type Harness, pod, startHarness } from "../../testing/harness.ts";
import fc from "fast-check";
import { encodeBase64Url } from "../../../base/bytes.ts";
import { TokenRefused } from "./bound_objects.ts";
import { parseJwt } from "./jwt.ts";

const SPACE = "/api/v1/namespaces/default";
const TOKEN = `${SPACE}/serviceaccounts/robot/token`;
const REVIEWS = "/apis/authentication.k8s.io/v1/tokenreviews";
const ISSUER = "https://kubernetes.default.svc.cluster.local";

async function withRobot(): Promise<Harness> {
  const server = await startHarness({ policy: true });
  await server.json("POST", `${SPACE}/serviceaccounts`, {
    body: { metadata: { name: "robot" } },
  });
  return server;
}

async function request(server: Harness, spec: object, status = 201) {
  return await server.json("POST", TOKEN, { body: { spec }, status });
}

/** What the server says of a token: the user's name, or why not. */
async function review(
  server: Harness,
  token: string,
  audiences?: string[],
): Promise<string> {
  const { status } = await server.json("POST", REVIEWS, {
    body: { spec: { token, ...(audiences && { audiences }) } },
  });
  return status.authenticated ? status.user.username : status.error;
}

function whoami(server: Harness, token: string): Promise<Response> {
  const request = new Request(
    "http://api/apis/authentication.k8s.io/v1/selfsubjectreviews",
    {
      method: "POST",
      headers: {
        authorization: `Bearer ${token}`,
        "content-type": "application/json",
      },
      body: "{}",
    },
  );
  return Promise.resolve(server.app.fetch(request, {}));
}

Deno.test("serviceAccountToken() issues what Kubernetes does", async () => {
  await using server = await withRobot();
  const answer = await request(server, {});
  assert.equal(answer.kind, "TokenRequest");
  assert.equal(answer.apiVersion, "authentication.k8s.io/v1");
  assert.equal(answer.metadata.name, "robot");
  assert.equal(answer.metadata.namespace, "default");
  assert.deepEqual(answer.spec, {
    audiences: [ISSUER],
    expirationSeconds: 3600,
  });
  assert.equal(answer.status.expirationTimestamp, "2026-01-01T01:00:00Z");
  const { header, claims } = parseJwt(answer.status.token)!;
  const account = await server.json(
    "GET",
    `${SPACE}/serviceaccounts/robot`,
  );
  assert.equal(header.alg, "ES256");
  const { jti, ...rest } = claims;
  assert.match(String(jti), /^[0-9a-f-]{36}$/);
  assert.deepEqual(rest, {
    aud: [ISSUER],
    exp: 1767229200,
    iat: 1767225600,
    iss: ISSUER,
    "kubernetes.io": {
      namespace: "default",
      serviceaccount: { name: "robot", uid: account.metadata.uid },
    },
    nbf: 1767225600,
    sub: "system:serviceaccount:default:robot",
  });
});

Deno.test("ServiceAccountTokens knows a token until it expires, and anew after its account was made again", async () => {
  await using server = await withRobot();
  const { status: { token } } = await request(server, {
    expirationSeconds: 600,
  });
  const name = "system:serviceaccount:default:robot";
  assert.equal(await review(server, token), name);
  await server.host.advance(659_000);
  assert.equal(await review(server, token), name);
  await server.host.advance(2_000);
  assert.equal(
    await review(server, token),
    "service account token has expired",
  );
  const again = (await request(server, {})).status.token;
  assert.equal(await review(server, again), name);
  await server.json("DELETE", `${SPACE}/serviceaccounts/robot`);
  assert.equal(
    await review(server, again),
    'serviceaccounts "robot" not found',
  );
  const made = await server.json("POST", `${SPACE}/serviceaccounts`, {
    body: { metadata: { name: "robot" } },
  });
  assert.equal(
    await review(server, again),
    `service account UID (${made.metadata.uid}) does not match claim (${
      (parseJwt(again)!.claims["kubernetes.io"] as {
        serviceaccount: { uid: string };
      }).serviceaccount.uid
    })`,
  );
});

Deno.test("ServiceAccountTokens refuses tokens that are forged, foreign or for somebody else", async () => {
  await using server = await withRobot();
  const { status: { token } } = await request(server, {
    audiences: ["vault"],
  });
  const name = "system:serviceaccount:default:robot";
  assert.equal(await review(server, token, ["vault", "other"]), name);
  assert.equal(
    await review(server, token),
    `token audiences ["vault"] is invalid for the target audiences ["${ISSUER}"]`,
  );
  const refused = await whoami(server, token);
  assert.equal(refused.status, 401);
  assert.equal((await refused.json()).message, "Unauthorized");
  const good = (await request(server, {})).status.token as string;
  const [head, body, signature] = good.split(".") as [string, string, string];
  const other = signature.startsWith("A") ? "B" : "A";
  assert.equal(
    await review(server, `${head}.${body}.${other}${signature.slice(1)}`),
    "go-jose/go-jose: error in cryptographic primitive",
  );
  const none = btoa(JSON.stringify({ alg: "none" })).replaceAll("=", "");
  assert.match(await review(server, `${none}.${body}.`), /cryptographic/);
  const strange = btoa(JSON.stringify({ iss: "https://example.org" }))
    .replaceAll("=", "");
  for (const text of [`${head}.${strange}.${signature}`, "eyJ", "eyJ.a.b"]) {
    assert.equal(await review(server, text), "invalid bearer token");
  }
  const empty = await server.json("POST", REVIEWS, {
    body: { spec: {} },
    status: 400,
  });
  assert.equal(
    empty.message,
    "token is required for TokenReview in authentication",
  );
});

Deno.test("ServiceAccountTokens has an answer to whatever is sent as a token", async () => {
  await using server = await withRobot();
  const { status: { token } } = await request(server, {});
  const parts = (token as string).split(".");
  const json = fc.json().map((text) =>
    encodeBase64Url(new TextEncoder().encode(text))
  );
  const part = fc.oneof(fc.string(), json, fc.constantFrom(...parts));
  fc.assert(
    fc.property(fc.array(part, { maxLength: 4 }), (made) => {
      const text = made.join(".");
      if (text === token) return;
      for (const sent of [text, `eyJ${text}`]) {
        assert.throws(
          () => server.api.authenticator.review(sent, [ISSUER]),
          TokenRefused,
        );
      }
    }),
    { numRuns: 500, seed: 4 },
  );
});

Deno.test("ServiceAccountTokens ends with the pod, Secret or node that a token is bound to", async () => {
  await using server = await withRobot();
  await server.json("POST", "/api/v1/nodes", {
    body: { metadata: { name: "n" } },
  });
  await server.json("POST", `${SPACE}/secrets`, {
    body: { metadata: { name: "s" } },
  });
  const made = await server.json("POST", `${SPACE}/pods`, {
    body: pod("p", { spec: { serviceAccountName: "robot", nodeName: "n" } }),
  });
  const node = await server.json("GET", "/api/v1/nodes/n");
  const bound = async (kind: string, name: string) =>
    (await request(server, {
      boundObjectRef: { kind, apiVersion: "v1", name },
    }))
      .status.token as string;
  const [toPod, toSecret, toNode] = [
    await bound("Pod", "p"),
    await bound("Secret", "s"),
    await bound("Node", "n"),
  ];
  const self = await (await whoami(server, toPod)).json();
  const { jti } = parseJwt(toPod)!.claims;
  assert.deepEqual(self.status.userInfo, {
    username: "system:serviceaccount:default:robot",
    uid: self.status.userInfo.uid,
    groups: [
      "system:serviceaccounts",
      "system:serviceaccounts:default",
      "system:authenticated",
    ],
    extra: {
      "authentication.kubernetes.io/credential-id": [`JTI=${jti}`],
      "authentication.kubernetes.io/node-name": ["n"],
      "authentication.kubernetes.io/node-uid": [node.metadata.uid],
      "authentication.kubernetes.io/pod-name": ["p"],
      "authentication.kubernetes.io/pod-uid": [made.metadata.uid],
    },
  });
  for (
    const [token, path] of [
      [toPod, `${SPACE}/pods/p`],
      [toSecret, `${SPACE}/secrets/s`],
      [toNode, "/api/v1/nodes/n"],
    ] as const
  ) {
    assert.match(await review(server, token), /^system:serviceaccount:/, path);
    await server.json("DELETE", path, { body: { gracePeriodSeconds: 0 } });
    assert.equal(
      await review(server, token),
      "service account token has been invalidated",
      path,
    );
  }
  const again = await server.json("POST", `${SPACE}/secrets`, {
    body: { metadata: { name: "s" } },
  });
  assert.match(
    await review(server, toSecret),
    new RegExp(
      `^secret UID \\(${again.metadata.uid}\\) does not match service account secret ref claim`,
    ),
  );
});

Deno.test("ServiceAccountTokens honours a pod's token for a minute after its deletion should be over", async () => {
  await using server = await withRobot();
  await server.json("POST", `${SPACE}/pods`, {
    body: pod("p", {
      spec: { serviceAccountName: "robot", nodeName: "n" },
    }),
  });
  const { status: { token } } = await request(server, {
    boundObjectRef: { kind: "Pod", apiVersion: "v1", name: "p" },
  });
  await server.json("DELETE", `${SPACE}/pods/p`, {
    body: { gracePeriodSeconds: 30 },
  });
  await server.host.advance(89_000);
  assert.match(await review(server, token), /^system:serviceaccount:/);
  await server.host.advance(2_000);
  assert.equal(
    await review(server, token),
    "service account token has been invalidated",
  );
});

Deno.test("serviceAccountToken() refuses in Kubernetes' words", async () => {
  await using server = await withRobot();
  const refusal = async (spec: object, status: number, metadata = {}) =>
    (await server.json("POST", TOKEN, {
      body: { metadata, spec },
      status,
    })).message;
  assert.equal(
    await refusal({ expirationSeconds: 599 }, 422),
    'TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 599: may not specify a duration less than 10 minutes',
  );
  assert.equal(
    await refusal({ expirationSeconds: 2 ** 32 + 1 }, 422),
    'TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 4294967297: may not specify a duration larger than 2^32 seconds',
  );
  assert.equal(
    await refusal({}, 422, { name: "other" }),
    'TokenRequest.authentication.k8s.io "robot" is invalid: metadata.name: Invalid value: "other": must match the service account name if specified',
  );
  assert.match(
    await refusal({}, 409, { uid: "x" }),
    /the UID in the token request \(x\) does not match the UID of the service account \(/,
  );
  const ref = (kind: string, name: string, more = {}) => ({
    boundObjectRef: { kind, apiVersion: "v1", name, ...more },
  });
  assert.equal(await refusal(ref("Pod", "no"), 404), 'pods "no" not found');
  assert.equal(
    await refusal(ref("ConfigMap", "no"), 400),
    "cannot bind token to object of type /v1, Kind=ConfigMap",
  );
  await server.json("POST", `${SPACE}/pods`, { body: pod("other") });
  assert.equal(
    await refusal(ref("Pod", "other"), 400),
    'cannot bind token for serviceaccount "robot" to pod running with different serviceaccount name.',
  );
  await server.json("POST", `${SPACE}/secrets`, {
    body: { metadata: { name: "s" } },
  });
  assert.match(
    await refusal(ref("Secret", "s", { uid: "old" }), 409),
    /the UID in the bound object reference \(old\) does not match the UID in record\. The object might have been deleted and then recreated/,
  );
  const none = await server.json(
    "POST",
    `${SPACE}/serviceaccounts/nobody/token`,
    { body: { spec: {} }, status: 404 },
  );
  assert.equal(none.message, 'serviceaccounts "nobody" not found');
});

Deno.test("serviceAccountToken() gives pods' mounted tokens a year, and says an hour", async () => {
  await using server = await withRobot();
  await server.json("POST", `${SPACE}/pods`, {
    body: pod("p", { spec: { serviceAccountName: "robot" } }),
  });
  const { status } = await request(server, {
    expirationSeconds: 3607,
    boundObjectRef: { kind: "Pod", apiVersion: "v1", name: "p" },
  });
  assert.equal(status.expirationTimestamp, "2026-01-01T01:00:07Z");
  const { claims } = parseJwt(status.token)!;
  assert.equal(Number(claims.exp) - Number(claims.iat), 365 * 24 * 3600);
  const unbound = await request(server, { expirationSeconds: 3607 });
  const short = parseJwt(unbound.status.token)!.claims;
  assert.equal(Number(short.exp) - Number(short.iat), 3607);
});

Deno.test("answerKeys() shows the key that tokens are signed with, to everyone", async () => {
  await using server = await withRobot();
  const { status: { token } } = await request(server, {});
  const get = async (path: string) => {
    const answer = await server.app.fetch(new Request(`http://api${path}`), {});
    assert.equal(answer.status, 200);
    return {
      type: answer.headers.get("content-type"),
      value: await answer.json(),
    };
  };
  const issuer = await get("/.well-known/openid-configuration");
  assert.equal(issuer.type, "application/json");
  assert.deepEqual(issuer.value, {
    issuer: ISSUER,
    jwks_uri: `${ISSUER}/openid/v1/jwks`,
    response_types_supported: ["id_token"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["ES256"],
  });
  const keys = await get("/openid/v1/jwks");
  assert.equal(keys.type, "application/jwk-set+json");
  const [jwk] = keys.value.keys;
  const { header, signed, signature } = parseJwt(token)!;
  assert.equal(header.kid, jwk.kid);
  // The browser's own cryptography judges ours.
  const key = await crypto.subtle.importKey(
    "jwk",
    jwk,
    { name: "ECDSA", namedCurve: "P-256" },
    false,
    ["verify"],
  );
  assert.ok(
    await crypto.subtle.verify(
      { name: "ECDSA", hash: "SHA-256" },
      key,
      new Uint8Array(signature),
      new Uint8Array(signed),
    ),
  );
});
