/**
 * Who of a pod that ends gets TERM when.
 *
 * @module
 */
import type { PodSpec } from "../../src/api/core/pod_spec.ts";

/** Main containers go at once; each sidecar when they and all sidecars after it have ended. */
export class TerminationTurns {
  readonly #ended = new Map<string, PromiseWithResolvers<void>>();
  readonly #waitsFor = new Map<string, string[]>();

  /** @param running names of the containers that are to end; nobody waits for others */
  constructor(
    { initContainers = [], containers }: Pick<
      PodSpec,
      "initContainers" | "containers"
    >,
    running: readonly string[],
  ) {
    for (const name of running) {
      this.#ended.set(name, Promise.withResolvers());
    }
    const before = containers.map(({ name }) => name);
    const sidecars = initContainers.filter(({ restartPolicy }) =>
      restartPolicy === "Always"
    );
    for (const { name } of sidecars.reverse()) {
      this.#waitsFor.set(name, [...before]);
      before.push(name);
    }
  }

  /** Resolves when it is this container's turn. */
  async of(name: string): Promise<void> {
    for (const other of this.#waitsFor.get(name) ?? []) {
      await this.#ended.get(other)?.promise;
    }
  }

  /** This container has ended. */
  ended(name: string): void {
    this.#ended.get(name)?.resolve();
  }
}
