/**
 * The webhook configurations of the cluster, in memory and up to date.
 *
 * @module
 */
import {
  type MutatingWebhookConfiguration,
  mutatingWebhookConfigurations,
} from "../../api/admissionregistration/mutating_webhook_configuration.ts";
import { validatingWebhookConfigurations } from "../../api/admissionregistration/validating_webhook_configuration.ts";
import type { Key, Store, Watcher } from "../../store/store.ts";
import { type Hook, hookOf } from "./webhook_rules.ts";

/** Follows one kind of configurations. */
export class WebhookSet implements Disposable {
  readonly #store: Store;
  readonly #prefix: Key;
  #watcher: Watcher | undefined;
  #hooks: readonly Hook[] = [];
  #closed = false;

  constructor(
    store: Store,
    kind: { readonly storagePrefix: string },
  ) {
    this.#store = store;
    this.#prefix = `${kind.storagePrefix}/`;
  }

  /** All webhooks in the order of their configurations' names. */
  get hooks(): readonly Hook[] {
    return this.#hooks;
  }

  /** Reads the stored configurations, at once, and follows them from then on. */
  start(): void {
    const { revision } = this.#read();
    this.#watcher = this.#store.watch(this.#prefix, { after: revision });
    void this.#run(this.#watcher);
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    this.#watcher?.close();
  }

  async #run(watcher: Watcher): Promise<void> {
    for (;;) {
      // A store that fails ends everything that follows it.
      const events = await watcher.read().catch(() => "closed" as const);
      if (events === "closed" || this.#closed) return;
      if (events === "expired") return this.start();
      this.#read();
    }
  }

  #read(): { readonly revision: number } {
    const { rows, revision } = this.#store.list(this.#prefix);
    this.#hooks = rows.flatMap(({ text }) => {
      // Both kinds of configurations have the same parts, as far as we look.
      const { metadata, webhooks = [] }: MutatingWebhookConfiguration = JSON
        .parse(text);
      return webhooks.flatMap((webhook) => {
        const hook = hookOf(metadata.name!, webhook);
        return hook === undefined ? [] : [hook];
      });
    });
    return { revision };
  }
}

/** Both kinds of configurations. */
export function webhookSets(
  store: Store,
): { readonly mutating: WebhookSet; readonly validating: WebhookSet } {
  return {
    mutating: new WebhookSet(store, mutatingWebhookConfigurations),
    validating: new WebhookSet(store, validatingWebhookConfigurations),
  };
}
