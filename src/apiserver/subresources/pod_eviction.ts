/**
 * pods/eviction: deletes a pod with grace, if its disruption budget allows.
 *
 * ```text
 *   over, waiting or ending already → goes, whatever the budget says
 *   not ready                       → goes when its budget does not count on it
 *   otherwise                       → goes when its budget has an eviction left (429 when not)
 * ```
 *
 * @module
 */
import { type Pod, pods } from "../../api/core/pod.ts";
import { type Eviction, evictions } from "../../api/policy/eviction.ts";
import {
  type ApiError,
  badRequest,
  conflict,
  isApiError,
  notFound,
  success,
} from "../../api/status.ts";
import { formatTime } from "../../api/time.ts";
import { answerJson } from "../answer.ts";
import { readBody } from "../body.ts";
import type { Call } from "../call.ts";
import { decodeObject } from "../decode.ts";
import { deleteObject } from "../delete_object.ts";
import { bodyParams, type DeleteParams } from "../delete_params.ts";
import { objectKey } from "../keys.ts";
import { modifyObject } from "../modify_object.ts";
import { type WriteParams, writeParams } from "../write_options.ts";
import {
  budgetOf,
  letsUnhealthyGo,
  refusedForNow,
  takeFromBudget,
} from "./disruption_budget.ts";

/** How often an eviction starts again when the pod moves under it. */
const ATTEMPTS = 20;

/** POST /api/v1/namespaces/{ns}/pods/{name}/eviction. */
export async function podEviction(call: Call): Promise<Response> {
  const options = writeParams(call.params, "CreateOptions");
  const eviction = decodeObject(evictions, await readBody(call.request), {
    fieldValidation: options.fieldValidation,
    warnings: call.warnings,
  });
  if (eviction.metadata.name !== call.at.name) {
    throw badRequest("name in URL does not match name in Eviction object");
  }
  const wanted = bodyParams(eviction.deleteOptions ?? {});
  const params = { ...wanted, dryRun: options.dryRun || wanted.dryRun };
  await admit(call, eviction, options);
  for (let attempt = 1;; attempt++) {
    try {
      await evict(call, params);
      break;
    } catch (error) {
      // Of a pod that the client knows by its version nothing else will do.
      const retry = isApiError(error, "Conflict") && attempt < ATTEMPTS &&
        params.resourceVersion === undefined && params.uid === undefined;
      if (!retry) throw error;
    }
  }
  return answerJson({ ...success(), code: 201 }, {
    status: 201,
    media: call.accept.media,
  });
}

/** Lets admission see the eviction itself; the writes that follow are the server's own. */
async function admit(
  { api, at, user, warnings }: Call,
  object: Eviction,
  { dryRun, options }: WriteParams,
): Promise<void> {
  const target = {
    operation: "CREATE",
    kind: pods,
    namespace: at.namespace,
    name: at.name,
    subresource: "eviction",
    user,
    dryRun,
  } as const;
  api.admission.validate({ ...target, object, warnings });
  if (!api.asyncAdmission.concerns(target)) return;
  const attributes = { ...target, object, warnings, options };
  await api.asyncAdmission.mutate(attributes);
  await api.asyncAdmission.validate(attributes);
}

async function evict(call: Call, params: DeleteParams): Promise<void> {
  const { api, at } = call;
  const row = api.store.get(objectKey(pods, at));
  if (row === undefined) throw notFound(pods, at.name);
  const pod: Pod = JSON.parse(row.text);
  if (isOutOfBudget(pod)) {
    // It must still be so when it goes.
    const mayMove = pod.metadata.deletionTimestamp !== undefined ||
      isOver(pod);
    return await remove(call, params, mayMove ? undefined : pod);
  }
  const budget = budgetOf(call, pod);
  if (budget === undefined) return await remove(call, params);
  const name = budget.metadata.name ?? "";
  if (isReady(pod) || !letsUnhealthyGo(budget)) {
    const { dryRun } = params;
    await takeFromBudget(call, budget, { pod: at.name, dryRun });
    return await remove(call, params);
  }
  try {
    await remove(call, params, pod);
  } catch (error) {
    const moved = isApiError(error, "Conflict") &&
      params.resourceVersion === undefined;
    throw moved ? refusedForNow(name) : error;
  }
}

function isOver({ status }: Pod): boolean {
  return status?.phase === "Succeeded" || status?.phase === "Failed";
}

function isOutOfBudget(pod: Pod): boolean {
  return isOver(pod) || pod.status?.phase === "Pending" ||
    pod.metadata.deletionTimestamp !== undefined;
}

function isReady({ status }: Pod): boolean {
  return status?.conditions?.some(({ type, status }) =>
    type === "Ready" && status === "True"
  ) ?? false;
}

/** Tells in the pod why it goes, and deletes it; when `expected` is given it must be just that one. @throws {ApiError} 404, 409 */
async function remove(
  call: Call,
  params: DeleteParams,
  expected?: Pod,
): Promise<void> {
  const { api, at, user } = call;
  const { dryRun } = params;
  const asked = params.resourceVersion ?? expected?.metadata.resourceVersion;
  const write = {
    kind: pods,
    namespace: at.namespace,
    user,
    dryRun,
    warnings: [],
  };
  let version = asked;
  if (!dryRun) {
    const now = formatTime(api.host.clock.now());
    const text = await modifyObject(api, write, {
      name: at.name,
      part: "",
      subresource: "status",
      direct: true,
      change(current, fresh) {
        checkPreconditions(current, { uid: params.uid, version: asked });
        const next = fresh();
        markDisrupted(next, now);
        return next;
      },
    });
    if (asked !== undefined) {
      version = (JSON.parse(text) as Pod).metadata.resourceVersion;
    }
  }
  await deleteObject(api, write, {
    name: at.name,
    params: {
      ...params,
      ...(version === undefined ? {} : { resourceVersion: version }),
    },
  });
}

/** @throws {ApiError} 409 */
function checkPreconditions(
  { metadata: { name = "", uid = "", resourceVersion = "" } }: Pod,
  wanted: { uid: string | undefined; version: string | undefined },
): void {
  const refuse = (what: string, value: string, own: string): ApiError =>
    conflict(
      { group: "", plural: "Pod" },
      name,
      `the ${what} in the precondition (${value}) does not match the ${what} in record (${own}). The object might have been ${
        what === "UID" ? "deleted and then recreated" : "modified"
      }`,
    );
  if (wanted.uid !== undefined && wanted.uid !== uid) {
    throw refuse("UID", wanted.uid, uid);
  }
  if (wanted.version !== undefined && wanted.version !== resourceVersion) {
    throw refuse("ResourceVersion", wanted.version, resourceVersion);
  }
}

function markDisrupted(pod: Pod, now: string): void {
  const status = pod.status ??= {};
  const conditions = status.conditions ?? [];
  const before = conditions.find(({ type }) => type === "DisruptionTarget");
  const condition = {
    type: "DisruptionTarget",
    status: "True",
    reason: "EvictionByEvictionAPI",
    message: "Eviction API: evicting",
    lastTransitionTime: before?.status === "True"
      ? before.lastTransitionTime ?? now
      : now,
  } as const;
  status.conditions = [
    ...conditions.filter((own) => own !== before),
    condition,
  ];
}
