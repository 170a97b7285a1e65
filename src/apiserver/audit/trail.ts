/**
 * {@linkcode Trail}: what the audit log is to tell of one request.
 *
 * @module
 */
import { formatMicroTime } from "../../api/time.ts";
import type { User } from "../auth/user.ts";
import type { RequestInfo } from "../request_info.ts";
import type { AuditLog } from "./audit_log.ts";
import { type AuditDecision, auditedResource } from "./decide.ts";
import {
  type AuditEvent,
  type AuditReference,
  type AuditStatus,
  type AuditUser,
  type Level,
  LEVELS,
  type Stage,
} from "./event.ts";

/** Longer ones are cut. */
const MAX_USER_AGENT_LENGTH = 1024;

/** What is known of a request from the start. */
export interface TrailStart {
  readonly auditID: string;
  readonly request: Request;
  readonly info: RequestInfo;
  /** The client's address; absent for what comes from inside. */
  readonly remote?: string;
}

/** One request on its way through the server. */
export class Trail {
  /** By key; told with the event. */
  readonly annotations = new Map<string, string>();
  /** What the client sent; its metadata says what the request is about. */
  sent: unknown;
  /** What the client sent, when the level wants it. */
  requestObject: unknown;
  /** What it was answered, as far as the level wants it. */
  responseObject: unknown;
  readonly #log: AuditLog;
  readonly #start: TrailStart;
  readonly #receivedMs: number;
  #decision: AuditDecision | undefined;
  #user: User | undefined;
  #impersonated: User | undefined;

  constructor(log: AuditLog, start: TrailStart) {
    this.#log = log;
    this.#start = start;
    this.#receivedMs = log.now();
  }

  /** Whether who asks is known by now. */
  get isIdentified(): boolean {
    return this.#decision !== undefined;
  }

  /** Whether at least so much is told. */
  tells(level: Level): boolean {
    const own = this.#decision?.level ?? "None";
    return LEVELS.indexOf(own) >= LEVELS.indexOf(level);
  }

  /** Whether objects are told without `managedFields`. */
  get omitsManagedFields(): boolean {
    return this.#decision?.omitManagedFields ?? false;
  }

  /** Finds the rule for the request; from now on it is told. @param user absent when nobody could be identified */
  async identified(user: User | undefined): Promise<void> {
    const { verb, path } = this.#start.info;
    const resource = auditedResource(this.#start.info);
    this.#user = user;
    this.#decision = this.#log.decide({
      verb,
      path,
      ...user === undefined ? {} : { user },
      ...resource === undefined ? {} : { resource },
    });
    if (user !== undefined) await this.tell("RequestReceived");
  }

  /** Who the asker wants to be. */
  impersonates(user: User): void {
    this.#impersonated = user;
  }

  /** Makes an event, unless the policy omits it. */
  async tell(stage: Stage, status?: AuditStatus): Promise<void> {
    const decision = this.#decision;
    if (decision === undefined || decision.level === "None") return;
    if (decision.omitStages.has(stage)) return;
    await this.#log.write(this.#event(decision.level, stage, status));
  }

  #event(level: Level, stage: Stage, status?: AuditStatus): AuditEvent {
    const { auditID, request, info, remote } = this.#start;
    const { requestObject, responseObject, annotations } = this;
    const reference = this.#reference();
    const userAgent = request.headers.get("user-agent") ?? "";
    const first = stage === "RequestReceived";
    return {
      kind: "Event",
      apiVersion: "audit.k8s.io/v1",
      level,
      auditID,
      stage,
      requestURI: uriOf(request.url),
      verb: info.verb,
      user: this.#user === undefined ? {} : auditUser(this.#user),
      ...this.#impersonated &&
        { impersonatedUser: auditUser(this.#impersonated) },
      sourceIPs: sourceIPs(request.headers, remote),
      ...userAgent !== "" && { userAgent: cut(userAgent) },
      ...reference && { objectRef: reference },
      ...status && { responseStatus: status },
      ...!first && requestObject !== undefined && { requestObject },
      ...!first && responseObject !== undefined && { responseObject },
      requestReceivedTimestamp: formatMicroTime(this.#receivedMs),
      stageTimestamp: formatMicroTime(this.#log.now()),
      ...annotations.size > 0 &&
        { annotations: Object.fromEntries(annotations) },
    };
  }

  #reference(): AuditReference | undefined {
    const resource = auditedResource(this.#start.info);
    if (resource === undefined) return undefined;
    const sent = metadataOf(this.sent);
    const name = resource.name || sent["name"];
    const uid = sent["uid"];
    const resourceVersion = sent["resourceVersion"];
    const { plural, namespace, group, version, subresource } = resource;
    return {
      resource: plural,
      ...namespace !== "" && { namespace },
      ...name && { name },
      ...uid && { uid },
      ...group !== "" && { apiGroup: group },
      apiVersion: version,
      ...resourceVersion && { resourceVersion },
      ...subresource !== "" && { subresource },
    };
  }
}

function metadataOf(object: unknown): Record<string, string> {
  const { metadata } = (object ?? {}) as { metadata?: unknown };
  const found: Record<string, string> = {};
  for (const [key, value] of Object.entries(metadata ?? {})) {
    if (typeof value === "string") found[key] = value;
  }
  return found;
}

function auditUser({ name, uid, groups, extra }: User): AuditUser {
  const more = Object.keys(extra ?? {}).length > 0;
  return {
    username: name,
    ...uid !== undefined && uid !== "" && { uid },
    ...groups.length > 0 && { groups },
    ...extra !== undefined && more && { extra },
  };
}

/** From the first proxy to the last hop. All but the last can be made up by the client. */
function sourceIPs(headers: Headers, remote: string | undefined): string[] {
  const forwarded = (headers.get("x-forwarded-for") ?? "").split(",")
    .map((address) => address.trim()).filter((address) => address !== "");
  const real = headers.get("x-real-ip") ?? "";
  const all = real === "" || forwarded.includes(real)
    ? forwarded
    : [...forwarded, real];
  return remote === undefined || all.at(-1) === remote ? all : [...all, remote];
}

function uriOf(url: string): string {
  return url.slice(url.indexOf("/", url.indexOf("://") + 3));
}

function cut(text: string): string {
  return text.length <= MAX_USER_AGENT_LENGTH
    ? text
    : `${text.slice(0, MAX_USER_AGENT_LENGTH)}...TRUNCATED`;
}
