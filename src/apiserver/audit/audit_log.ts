/**
 * {@linkcode AuditLog}: a policy and the place where events go.
 *
 * @module
 */
import type { Host } from "../../base/host.ts";
import type { AuditEvent } from "./event.ts";
import { type AuditDecision, type AuditedRequest, decide } from "./decide.ts";
import type { Policy } from "./policy.ts";
import type { LineSink } from "./rotating_file.ts";
import { Trail, type TrailStart } from "./trail.ts";

/** What an {@linkcode AuditLog} is made of. */
export interface AuditLogParts {
  readonly policy: Policy;
  readonly sink: LineSink;
}

/** Tells who did what. */
export class AuditLog implements AsyncDisposable {
  readonly #host: Host;
  readonly #parts: AuditLogParts;

  constructor(host: Host, parts: AuditLogParts) {
    this.#host = host;
    this.#parts = parts;
  }

  /** Begins to follow a request. */
  open(start: TrailStart): Trail {
    return new Trail(this, start);
  }

  /** Now, in milliseconds since 1970. */
  now(): number {
    return this.#host.clock.now();
  }

  /** How much is told of a request. */
  decide(request: AuditedRequest): AuditDecision {
    return decide(this.#parts.policy, request);
  }

  /** Takes an event; waits when the disk does not keep up. */
  async write(event: AuditEvent): Promise<void> {
    await this.#parts.sink.write(JSON.stringify(event));
  }

  /** Writes what is left. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.sink[Symbol.asyncDispose]();
  }
}
