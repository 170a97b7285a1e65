/**
 * What was pushed lately, so that no garbage is made of a push that is under way: its contents are there before the manifest that refers to them.
 *
 * Nothing is forgotten because it came to an end, for example in a manifest: several may push to a repository, and what one has done may be what joins the
 * two ends of another one's push.
 *
 * Times are of the monotonic clock and only of this process: a wall clock that jumps makes nothing old. What lies there from before counts as old, so
 * nothing may be collected until a grace after the start.
 *
 * @module
 */
import type { Clock } from "../../base/host.ts";
import type { ContentDigest } from "../../base/oci/content_digest.ts";

/** When something was pushed. */
interface Span {
  readonly startMs: number;
  endMs: number;
  /** An upload has not ended: its end is the last that was heard of it. */
  running: boolean;
}

/** See the module. */
export class PushActivity {
  readonly #clock: Pick<Clock, "monotonicMs">;
  /** By repository, by digest or id of an upload. */
  readonly #spans = new Map<string, Map<string, Span>>();

  constructor(clock: Pick<Clock, "monotonicMs">) {
    this.#clock = clock;
  }

  /** Somebody asked whether a content is there, or put it there: they may be about to refer to it. @param key digest, or id of an upload */
  touch(repository: string, key: string): void {
    const nowMs = this.#clock.monotonicMs();
    const spans = this.#spans.get(repository) ?? new Map<string, Span>();
    this.#spans.set(repository, spans);
    const span = spans.get(key);
    if (span === undefined) {
      spans.set(key, { startMs: nowMs, endMs: nowMs, running: false });
    } else span.endMs = nowMs;
  }

  /** Bytes of an upload are coming. @returns has to be called when no more do */
  run(repository: string, id: string): () => void {
    this.touch(repository, id);
    const span = this.#spans.get(repository)!.get(id)!;
    span.running = true;
    return () => {
      span.running = false;
      span.endMs = this.#clock.monotonicMs();
    };
  }

  /** An upload has become a content: what is known of it is known of the content, beside what others did with that. */
  became(repository: string, id: string, digest: ContentDigest): void {
    this.touch(repository, digest);
    const spans = this.#spans.get(repository)!;
    const upload = spans.get(id);
    const { startMs, endMs } = spans.get(digest)!;
    if (upload !== undefined) {
      const first = Math.min(startMs, upload.startMs);
      spans.set(digest, { startMs: first, endMs, running: false });
      spans.delete(id);
    }
  }

  /** Whether something is known of it. */
  has(repository: string, key: string): boolean {
    return this.#spans.get(repository)?.has(key) ?? false;
  }

  /**
   * What belongs to a push that is under way: one that something was heard of within the grace, with all that led up to it without a longer pause.
   * What does not is forgotten.
   */
  underWay(repository: string, graceMs: number): ReadonlySet<string> {
    const spans = this.#spans.get(repository) ?? new Map<string, Span>();
    const nowMs = this.#clock.monotonicMs();
    const endOf = ({ running, endMs }: Span) => running ? nowMs : endMs;
    const lastFirst = [...spans]
      .sort(([, a], [, b]) => endOf(b) - endOf(a));
    const found = new Set<string>();
    let edgeMs = nowMs;
    for (const [key, span] of lastFirst) {
      if (endOf(span) < edgeMs - graceMs) {
        spans.delete(key);
        continue;
      }
      edgeMs = Math.min(edgeMs, span.startMs);
      found.add(key);
    }
    if (spans.size === 0) this.#spans.delete(repository);
    return found;
  }
}
