/**
 * Puts the audit log around the handling of requests.
 *
 * ```text
 *   begin ─▶ authenticate ─▶ RequestReceived ─▶ … answer … ─▶ ResponseStarted (what takes long) ─▶ ResponseComplete
 * ```
 *
 * @module
 */
import type { Status } from "../../api/status_object.ts";
import type { RequestInfo } from "../request_info.ts";
import type { AuditLog } from "./audit_log.ts";
import { answeredObject, sentObject, withoutManagedFields } from "./bodies.ts";
import type { AuditStatus } from "./event.ts";
import type { Trail } from "./trail.ts";

/** The header that names a request, by which a line of the log can be found. */
export const AUDIT_ID_HEADER = "audit-id";

const MAX_AUDIT_ID_LENGTH = 64;
/** Subresources whose requests last. */
const LASTING: ReadonlySet<string> = new Set([
  "attach",
  "exec",
  "log",
  "portforward",
  "proxy",
]);
const WRITES: ReadonlySet<string> = new Set([
  "create",
  "update",
  "patch",
  "delete",
  "deletecollection",
]);

/** A request that is to be followed. */
export interface Followed {
  readonly request: Request;
  readonly info: RequestInfo;
  /** The client's address; absent for what comes from inside. */
  readonly remote?: string;
}

/** How requests are answered. */
export interface Answering {
  /** Answers; tells the trail what it learns. */
  answer(trail: Trail): Promise<Response>;
  /** Makes an answer of what was thrown. */
  fail(error: unknown): Response;
}

/** The name of a request: the client's own word, or a new one. */
export function auditIdOf(request: Request, uuid: () => string): string {
  const own = request.headers.get(AUDIT_ID_HEADER) ?? "";
  return own === "" ? uuid() : own.slice(0, MAX_AUDIT_ID_LENGTH);
}

/** Answers a request and tells of it. */
export async function audited(
  log: AuditLog,
  followed: Followed & { readonly auditID: string },
  { answer, fail }: Answering,
): Promise<Response> {
  const trail = log.open(followed);
  let response: Response;
  try {
    response = await answer(trail);
  } catch (error) {
    response = fail(error);
  }
  if (!trail.isIdentified) {
    await trail.identified(undefined);
    await trail.tell("ResponseStarted", await statusOf(response));
    return response;
  }
  if (!trail.tells("Metadata")) return response;
  const status = await statusOf(response);
  if (!isLasting(followed.info)) {
    await keepAnswer(trail, followed, response);
    await trail.tell("ResponseComplete", status);
    return response;
  }
  await trail.tell("ResponseStarted", status);
  return await atEnd(response, () => trail.tell("ResponseComplete", status));
}

/** Keeps what the client sent, as far as it is to be told. Before anybody reads it. */
export async function keepRequest(
  trail: Trail,
  { request, info }: Followed,
): Promise<void> {
  if (info.resource === undefined || !WRITES.has(info.verb)) return;
  if (isLasting(info) || !trail.tells("Metadata")) return;
  // The name of what is made stands in the object alone.
  const nameless = info.verb === "create" && info.resource.name === "";
  if (!nameless && !trail.tells("Request")) return;
  const sent = await sentObject(request);
  const kept = trail.omitsManagedFields ? withoutManagedFields(sent) : sent;
  trail.sent = kept;
  if (trail.tells("Request")) trail.requestObject = kept;
}

async function keepAnswer(
  trail: Trail,
  { info }: Followed,
  response: Response,
): Promise<void> {
  if (info.resource === undefined || !trail.tells("RequestResponse")) return;
  const sent = await answeredObject(response);
  trail.responseObject = trail.omitsManagedFields
    ? withoutManagedFields(sent)
    : sent;
}

function isLasting({ verb, resource }: RequestInfo): boolean {
  return verb === "watch" || verb === "proxy" ||
    resource !== undefined && LASTING.has(resource.subresource);
}

async function statusOf(response: Response): Promise<AuditStatus> {
  const { status: code } = response;
  if (code < 400) return { metadata: {}, code };
  const said = await answeredObject(response) as Partial<Status> | undefined;
  if (said?.kind !== "Status") return { metadata: {}, status: "Failure", code };
  const { status, message, reason, details } = said;
  return {
    metadata: {},
    ...status !== undefined && { status },
    ...message !== undefined && { message },
    ...reason !== undefined && { reason },
    ...details !== undefined && { details },
    code,
  };
}

/** Calls back once an answer's body has ended, or nobody wants more of it. A connection that changes hands has ended as far as this server can tell. */
async function atEnd(
  response: Response,
  ended: () => Promise<void>,
): Promise<Response> {
  const { body, status, headers } = response;
  if (body === null || status === 101) {
    await ended();
    return response;
  }
  const reader = body.getReader();
  const watched = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { value, done } = await reader.read();
        if (!done) return controller.enqueue(value);
      } catch (error) {
        await ended();
        throw error;
      }
      await ended();
      controller.close();
    },
    async cancel(reason) {
      await ended();
      await reader.cancel(reason);
    },
  }, { highWaterMark: 0 });
  return new Response(watched, { status, headers });
}
