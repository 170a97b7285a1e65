/**
 * What the containers of a pod said at their ends.
 *
 * @module
 */
import type { PodFace } from "../container/pod_face.ts";
import type { ContainerServices } from "../container/services.ts";
import {
  terminationMessage,
  terminationPath,
} from "../container/termination_message.ts";
import type { ContainerStatus } from "../runtime/runtime.ts";

/** Asks one container that has ended. */
export type AskLastWords = (
  ended: ContainerStatus,
) => Promise<string | undefined>;

/** Each is asked once, before anybody is told that it has ended: whoever sees an end acts on it, and does not look again for a message. */
export class LastWords {
  readonly #ask: AskLastWords;
  /** By the runtime's id; empty when nothing was said. */
  readonly #said = new Map<string, string>();

  constructor(ask: AskLastWords) {
    this.#ask = ask;
  }

  /** Asks those that have ended since the last time, and forgets those that are gone: one that crashes for weeks leaves many. */
  async hear(containers: readonly ContainerStatus[]): Promise<void> {
    const there = new Set(containers.map(({ id }) => id));
    for (const id of this.#said.keys()) {
      if (!there.has(id)) this.#said.delete(id);
    }
    await Promise.all(containers.map(async (container) => {
      const { id } = container;
      if (!hasEnded(container) || this.#said.has(id)) return;
      this.#said.set(id, await this.#ask(container) ?? "");
    }));
  }

  /** Empty when it said nothing, undefined when it was not asked yet. */
  of(id: string): string | undefined {
    return this.#said.get(id);
  }
}

/** What a container of this pod left in its file, or in its output. */
export async function lastWords(
  face: PodFace,
  { services, ended }: {
    readonly services: ContainerServices;
    readonly ended: ContainerStatus;
  },
): Promise<string | undefined> {
  const { containers, initContainers = [], ephemeralContainers = [] } =
    face.pod.spec;
  const container = [...containers, ...initContainers, ...ephemeralContainers]
    .find(({ name }) => name === ended.name);
  if (!container) return undefined;
  return await terminationMessage(services.host, {
    container,
    runtime: services.runtime,
    id: ended.id,
    path: terminationPath(services.podFolder(face), ended),
    exitCode: ended.exitCode ?? 255,
    ...(ended.reason !== undefined && { reason: ended.reason }),
  });
}

function hasEnded({ state }: ContainerStatus): boolean {
  return state === "exited" || state === "unknown";
}
