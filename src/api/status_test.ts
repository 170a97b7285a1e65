import assert from "node:assert/strict";
import { invalidValue, required } from "./field_error.ts";
import {
  alreadyExists,
  ApiError,
  conflict,
  expired,
  forbidden,
  internalError,
  invalid,
  isApiError,
  methodNotSupported,
  notFound,
  requestEntityTooLarge,
  serverTimeout,
  tooManyRequests,
  unsupportedMediaType,
} from "./status.ts";

const PODS = { group: "", plural: "pods" };
const DEPLOYMENTS = { group: "apps", plural: "deployments" };

Deno.test("notFound() names the resource, and the group when there is one", () => {
  assert.deepEqual(notFound(PODS, "web").status, {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message: 'pods "web" not found',
    reason: "NotFound",
    details: { name: "web", kind: "pods" },
    code: 404,
  });
  assert.deepEqual(notFound(DEPLOYMENTS, "web").status.details, {
    name: "web",
    group: "apps",
    kind: "deployments",
  });
});

const TEXTS: readonly (readonly [ApiError, number, string, string])[] = [
  [
    alreadyExists(DEPLOYMENTS, "a"),
    409,
    "AlreadyExists",
    'deployments.apps "a" already exists',
  ],
  [
    conflict(PODS, "a"),
    409,
    "Conflict",
    'Operation cannot be fulfilled on pods "a": the object has been modified; please apply your changes to the latest version and try again',
  ],
  [forbidden(PODS, "", "no"), 403, "Forbidden", "pods is forbidden: no"],
  [forbidden(PODS, "a", "no"), 403, "Forbidden", 'pods "a" is forbidden: no'],
  [
    methodNotSupported(PODS, "create"),
    405,
    "MethodNotAllowed",
    'create is not supported on resources of kind "pods"',
  ],
  [expired("too old"), 410, "Expired", "too old"],
  [
    serverTimeout(PODS, "get", 1),
    500,
    "ServerTimeout",
    "The get operation against pods could not be completed at this time, please try again.",
  ],
  [
    internalError(new Error("x")),
    500,
    "InternalError",
    "Internal error occurred: x",
  ],
  [
    requestEntityTooLarge("limit is 3"),
    413,
    "RequestEntityTooLarge",
    "Request entity too large: limit is 3",
  ],
  [
    unsupportedMediaType(["application/json"]),
    415,
    "UnsupportedMediaType",
    "the body of the request was in an unknown format - accepted media types include: application/json",
  ],
];

for (const [error, code, reason, message] of TEXTS) {
  Deno.test(`ApiError says ${code} ${reason}: ${message}`, () => {
    assert.equal(error.code, code);
    assert.equal(error.reason, reason);
    assert.equal(error.message, message);
    assert.equal(error.status.message, message);
  });
}

Deno.test("tooManyRequests() tells when to come back", () => {
  assert.equal(tooManyRequests("slow", 7).status.details?.retryAfterSeconds, 7);
});

Deno.test("invalid() lists all findings once, and each as a cause", () => {
  const finding = required("spec.a");
  const error = invalid({ group: "apps", kind: "Deployment" }, "web", [
    finding,
    finding,
    invalidValue("spec.b", { c: 1 }, "is odd"),
  ]);
  assert.equal(
    error.message,
    'Deployment.apps "web" is invalid: [spec.a: Required value, spec.b: Invalid value: {"c":1}: is odd]',
  );
  assert.equal(error.status.details?.causes?.length, 3);
  assert.deepEqual(error.status.details?.causes?.[0], {
    reason: "FieldValueRequired",
    message: "Required value",
    field: "spec.a",
  });
});

Deno.test("isApiError() tells reasons apart", () => {
  assert.ok(isApiError(notFound(PODS, "a"), "NotFound"));
  assert.ok(!isApiError(notFound(PODS, "a"), "Conflict"));
  assert.ok(!isApiError(new Error("x")));
});
