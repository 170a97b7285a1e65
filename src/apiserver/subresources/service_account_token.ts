/**
 * serviceaccounts/token: issues a token that lives for a while, and no longer than what it is bound to.
 *
 * @see {@link https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-request-v1/}
 * @module
 */
import {
  type BoundObjectReference,
  type TokenRequest,
  tokenRequest,
} from "../../api/authentication/token_request.ts";
import { defineKind } from "../../api/define.ts";
import { invalidValue } from "../../api/field_error.ts";
import type { Kind } from "../../api/kind.ts";
import type { ObjectMeta } from "../../api/meta.ts";
import type { Pod } from "../../api/core/pod.ts";
import { badRequest, conflict, invalid, notFound } from "../../api/status.ts";
import { formatTime } from "../../api/time.ts";
import {
  defaultTokenRequest,
  validateTokenRequest,
} from "../../api/validation/token_request.ts";
import { API_AUDIENCES } from "../auth/authenticator.ts";
import { ISSUER } from "../auth/service_account/service_account_tokens.ts";
import { serviceAccountUser } from "../auth/service_account/names.ts";
import type {
  ClaimedObject,
  TokenClaims,
} from "../auth/service_account/token_claims.ts";
import { answerJson } from "../answer.ts";
import { readBody } from "../body.ts";
import type { ApiServer, Call } from "../call.ts";
import { decodeObject } from "../decode.ts";
import { writeParams } from "../write_options.ts";

/**
 * The life that pods' default volumes ask for, an hour and a little: a mark of clients that may read their token once and keep it. Their tokens live for
 * {@linkcode EXTENDED_LIFE_SECONDS}, while their files are written anew as asked for.
 */
const MOUNTED_LIFE_SECONDS = 3607;
const EXTENDED_LIFE_SECONDS = 365 * 24 * 3600;

const tokenRequests: Kind<TokenRequest> = defineKind({
  group: "authentication.k8s.io",
  version: "v1",
  kind: "TokenRequest",
  plural: "tokenrequests",
  namespaced: true,
  stored: false,
  type: tokenRequest,
  setDefaults: defaultTokenRequest,
});

/** What a token is bound to, as claims name it. */
type Bound = Pick<TokenClaims["kubernetes.io"], "pod" | "node" | "secret">;

/** POST /api/v1/namespaces/{ns}/serviceaccounts/{name}/token. */
export async function serviceAccountToken(call: Call): Promise<Response> {
  const { api, at: { namespace, name } } = call;
  const { fieldValidation, dryRun } = writeParams(
    call.params,
    "CreateOptions",
  );
  const asked = decodeObject(tokenRequests, await readBody(call.request), {
    fieldValidation,
    warnings: call.warnings,
  });
  checkNames(asked.metadata, { namespace, name });
  const account = metaOf(api, `serviceaccounts/${namespace}/${name}`);
  if (account === undefined) throw notFound(call.kind, name);
  checkUid(asked.metadata, account);
  const { spec } = asked;
  const audiences = spec.audiences.length === 0
    ? [...API_AUDIENCES]
    : spec.audiences;
  const errors = validateTokenRequest(asked);
  if (errors.length > 0) throw invalid(tokenRequests, "", errors);
  api.admission.validate({
    operation: "CREATE",
    kind: call.kind,
    namespace,
    name,
    subresource: "token",
    user: call.user,
    dryRun,
    object: asked,
    warnings: call.warnings,
  });
  const bound = spec.boundObjectRef === undefined
    ? {}
    : boundTo(api, spec.boundObjectRef, { namespace, name });
  const now = api.host.clock.now();
  const life = spec.expirationSeconds!;
  const extended = life === MOUNTED_LIFE_SECONDS && bound.pod !== undefined &&
    audiences.every((audience) => API_AUDIENCES.includes(audience));
  const seconds = Math.floor(now / 1000);
  const token = api.accountTokens.issue(
    {
      aud: audiences,
      exp: seconds + (extended ? EXTENDED_LIFE_SECONDS : life),
      iat: seconds,
      iss: ISSUER,
      jti: api.host.random.uuid(),
      "kubernetes.io": {
        namespace,
        ...(bound.node === undefined ? {} : { node: bound.node }),
        ...(bound.pod === undefined ? {} : { pod: bound.pod }),
        ...(bound.secret === undefined ? {} : { secret: bound.secret }),
        serviceaccount: { name, uid: account.uid! },
        ...(extended ? { warnafter: seconds + life } : {}),
      },
      nbf: seconds,
      sub: serviceAccountUser(namespace, name),
    } satisfies TokenClaims,
  );
  const answer: TokenRequest = {
    kind: "TokenRequest",
    apiVersion: "authentication.k8s.io/v1",
    metadata: {
      ...asked.metadata,
      name,
      namespace,
      uid: account.uid!,
      creationTimestamp: formatTime(now),
    },
    spec: { ...spec, audiences },
    status: { token, expirationTimestamp: formatTime(now + life * 1000) },
  };
  return answerJson(answer, {
    status: 201,
    media: call.accept.media,
    warnings: call.warnings,
  });
}

/** @throws {ApiError} 422 */
function checkNames(
  asked: ObjectMeta,
  path: { readonly namespace: string; readonly name: string },
): void {
  for (const key of ["name", "namespace"] as const) {
    const said = asked[key];
    if (!said || said === path[key]) continue;
    throw invalid(tokenRequests, path.name, [
      invalidValue(
        `metadata.${key}`,
        said,
        `must match the service account ${key} if specified`,
      ),
    ]);
  }
}

/** @throws {ApiError} 409 */
function checkUid(asked: ObjectMeta, account: ObjectMeta): void {
  if (!asked.uid || asked.uid === account.uid) return;
  throw conflict(
    { group: tokenRequests.group, plural: tokenRequests.kind },
    account.name ?? "",
    `the UID in the token request (${asked.uid}) does not match the UID of the service account (${account.uid})`,
  );
}

/** Finds the object. @throws {ApiError} 400, 404, 409 */
function boundTo(
  api: ApiServer,
  reference: BoundObjectReference,
  account: { readonly namespace: string; readonly name: string },
): Bound {
  const { kind = "", apiVersion = "", name = "", uid } = reference;
  const core = !apiVersion.includes("/");
  const find = (plural: string, key: string): ClaimedObject => {
    const meta = metaOf(api, key);
    if (meta === undefined) throw notFound({ group: "", plural }, name);
    if (uid && uid !== meta.uid) {
      throw conflict(
        { group: "", plural: kind },
        name,
        `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`,
      );
    }
    return { name, uid: meta.uid! };
  };
  const { namespace } = account;
  if (core && kind === "Pod") {
    const key = `pods/${namespace}/${name}`;
    const row = api.store.get(key);
    if (row === undefined) throw notFound({ group: "", plural: "pods" }, name);
    const { spec }: Pod = JSON.parse(row.text);
    if (spec.serviceAccountName !== account.name) {
      throw badRequest(
        `cannot bind token for serviceaccount ${
          JSON.stringify(account.name)
        } to pod running with different serviceaccount name.`,
      );
    }
    const pod = find("pods", key);
    if (!spec.nodeName) return { pod };
    const node = metaOf(api, `nodes/${spec.nodeName}`);
    return { pod, node: { name: spec.nodeName, uid: node?.uid ?? "" } };
  }
  if (core && kind === "Node") return { node: find("nodes", `nodes/${name}`) };
  if (core && kind === "Secret") {
    return { secret: find("secrets", `secrets/${namespace}/${name}`) };
  }
  const [group, version] = core
    ? ["", apiVersion]
    : apiVersion.split("/") as [string, string];
  throw badRequest(
    `cannot bind token to object of type ${group}/${version}, Kind=${kind}`,
  );
}

function metaOf(api: ApiServer, key: string): ObjectMeta | undefined {
  const row = api.store.get(key);
  return row && (JSON.parse(row.text) as { metadata: ObjectMeta }).metadata;
}
