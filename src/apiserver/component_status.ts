/**
 * ComponentStatuses: parts of the control plane, told from the server's health when they are asked for.
 *
 * @module
 */
import type { ComponentStatus } from "../api/core/component_status.ts";
import { notFound } from "../api/status.ts";
import type { Row } from "../store/store.ts";
import type { ApiServer, Call } from "./call.ts";
import { answerList, answerObject } from "./encode.ts";
import { objectKey } from "./keys.ts";
import { selectionOf } from "./selection.ts";

/** The parts by the names that clients know; all of them live in this very process. */
const COMPONENTS = ["controller-manager", "etcd-0", "scheduler"];

/** GET of one. @throws {ApiError} 404 */
export function getComponentStatus(
  call: Call,
): Response | Promise<Response> {
  const { kind, at, api } = call;
  if (!COMPONENTS.includes(at.name)) throw notFound(kind, at.name);
  return answerObject(call, statusText(api, at.name));
}

/** GET of all. */
export function listComponentStatuses(
  call: Call,
): Response | Promise<Response> {
  const { kind, api } = call;
  const selection = selectionOf(call);
  const rows = COMPONENTS.map((name): Row => ({
    key: objectKey(kind, { namespace: "", name }),
    revision: 0,
    text: statusText(api, name),
  })).filter((row) =>
    row.key.startsWith(selection.prefix) && selection.matches(row)
  );
  return answerList(call, rows.map(({ text }) => text), {
    resourceVersion: "",
  });
}

function statusText({ health }: ApiServer, name: string): string {
  const problem = health.map((check) => check.check()).find((text) =>
    text !== undefined
  );
  const status: ComponentStatus = {
    kind: "ComponentStatus",
    apiVersion: "v1",
    metadata: { name },
    conditions: [{
      type: "Healthy",
      status: problem === undefined ? "True" : "False",
      ...(problem === undefined ? { message: "ok" } : { error: problem }),
    }],
  };
  return JSON.stringify(status);
}
