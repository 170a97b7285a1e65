/**
 * What the audit log tells of a request: `audit.k8s.io/v1` Event.
 *
 * Follows https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/
 *
 * @module
 */

/** How much is told, the least first. */
export const LEVELS = [
  "None",
  "Metadata",
  "Request",
  "RequestResponse",
] as const;

/** How much is told of a request. */
export type Level = typeof LEVELS[number];

/** When events are made, in order. */
export const STAGES = [
  "RequestReceived",
  "ResponseStarted",
  "ResponseComplete",
  "Panic",
] as const;

/** Where a request is. `ResponseStarted` is for those that take long. */
export type Stage = typeof STAGES[number];

/** Somebody. */
export interface AuditUser {
  username?: string;
  uid?: string;
  groups?: readonly string[];
  extra?: Readonly<Record<string, readonly string[]>>;
}

/** What a request is about. */
export interface AuditReference {
  resource?: string;
  namespace?: string;
  name?: string;
  uid?: string;
  apiGroup?: string;
  apiVersion?: string;
  resourceVersion?: string;
  subresource?: string;
}

/** How a request ended. */
export interface AuditStatus {
  metadata: Readonly<Record<string, never>>;
  status?: string;
  message?: string;
  reason?: string;
  details?: unknown;
  code?: number;
}

/** One line of the log. */
export interface AuditEvent {
  kind: "Event";
  apiVersion: "audit.k8s.io/v1";
  level: Level;
  auditID: string;
  stage: Stage;
  /** As it was sent. */
  requestURI: string;
  verb: string;
  user: AuditUser;
  impersonatedUser?: AuditUser;
  sourceIPs?: readonly string[];
  userAgent?: string;
  objectRef?: AuditReference;
  responseStatus?: AuditStatus;
  requestObject?: unknown;
  responseObject?: unknown;
  requestReceivedTimestamp: string;
  stageTimestamp: string;
  annotations?: Readonly<Record<string, string>>;
}
