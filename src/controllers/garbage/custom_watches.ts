/**
 * Watches the objects of custom kinds, which come and go while the collector runs.
 *
 * @module
 */
import type { CustomResourceDefinition } from "../../api/apiextensions/custom_resource_definition.ts";
import type { KubeObject, Resource } from "../../api/kind.ts";
import { sameJson } from "../../api/equal.ts";
import type { Host } from "../../base/host.ts";
import type { Change, Client, Informer } from "../../client/client.ts";
import { ResourceInformer } from "../../client/informer.ts";
import type { Runnable } from "../../loop/manager.ts";
import { resourceOf } from "../custom_resources.ts";

/** What a {@linkcode CustomWatches} works with. */
export interface CustomWatchesParts {
  /** The API, as this component's own user. */
  readonly client: Client;
  readonly definitions: Informer<CustomResourceDefinition>;
  /** What of objects is kept. */
  readonly transform: (object: KubeObject) => KubeObject;
  /** Told of every change of every custom object. */
  onChange(resource: Resource, change: Change<KubeObject>): void;
}

interface Running {
  readonly resource: Resource;
  readonly stop: AbortController;
  readonly ended: Promise<void>;
}

/** One watch for each custom kind. */
export class CustomWatches implements Runnable {
  readonly name = "garbage-custom-kinds";
  readonly #host: Host;
  readonly #parts: CustomWatchesParts;
  /** By the definition's name. */
  readonly #running = new Map<string, Running>();

  /** Nothing runs until it is asked to. */
  constructor(host: Host, parts: CustomWatchesParts) {
    this.#host = host;
    this.#parts = parts;
  }

  async run(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const { definitions } = this.#parts;
    const over = Promise.withResolvers<void>();
    signal.addEventListener("abort", () => over.resolve(), { once: true });
    using _ = definitions.onChange(({ key, object }) =>
      this.#update(key, object)
    );
    for (const definition of definitions.list()) {
      this.#update(definition.metadata.name!, definition);
    }
    await over.promise;
    const running = [...this.#running.values()];
    for (const { stop } of running) stop.abort(signal.reason);
    await Promise.all(running.map(({ ended }) => ended));
  }

  #update(name: string, definition?: CustomResourceDefinition): void {
    const wanted = definition === undefined
      ? undefined
      : resourceOf(definition);
    const known = this.#running.get(name);
    if (known !== undefined && sameJson(known.resource, wanted)) return;
    known?.stop.abort(new DOMException("The kind is gone", "AbortError"));
    this.#running.delete(name);
    if (wanted !== undefined) this.#running.set(name, this.#start(wanted));
  }

  #start(resource: Resource): Running {
    const { client, transform, onChange } = this.#parts;
    const informer = new ResourceInformer<KubeObject>(
      this.#host,
      client,
      resource,
      { transform },
    );
    informer.onChange((change) => onChange(resource, change));
    const stop = new AbortController();
    const ended = Promise.withResolvers<void>();
    this.#host.spawn(`informer of ${resource.plural}`, async () => {
      try {
        await informer.run(stop.signal);
      } finally {
        ended.resolve();
      }
    });
    return { resource, stop, ended: ended.promise };
  }
}
