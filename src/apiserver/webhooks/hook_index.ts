/**
 * Finds the webhooks that a write may concern. With many webhooks and kinds that takes a while, so what was found is remembered until either changes.
 *
 * @module
 */
import type { AnyKind, Registry } from "../../api/registry.ts";
import type { AdmissionTarget } from "../admission/admission.ts";
import { type Hook, isExempt, kindFor } from "./webhook_rules.ts";
import type { WebhookSet } from "./webhook_set.ts";

/** A webhook that is asked about writes of a kind, if its selectors match. */
export interface Invocation {
  readonly hook: Hook;
  /** The kind in the version that its rules name. */
  readonly kind: AnyKind;
  /** Its place among the webhooks, for the audit log. */
  readonly index: number;
}

const NONE: readonly Invocation[] = [];

/** The webhooks of one set by what they are asked about. */
export class HookIndex {
  readonly #set: WebhookSet;
  readonly #registry: Registry;
  /** By kind, then by the rest of what rules look at. */
  #known = new WeakMap<AnyKind, Map<string, readonly Invocation[]>>();
  #hooks: readonly Hook[] = [];
  #revision = -1;

  constructor(set: WebhookSet, registry: Registry) {
    this.#set = set;
    this.#registry = registry;
  }

  /** All that may be asked, in order. */
  of(target: AdmissionTarget): readonly Invocation[] {
    const { hooks } = this.#set;
    if (hooks.length === 0) return NONE;
    if (hooks !== this.#hooks || this.#revision !== this.#registry.revision) {
      this.#known = new WeakMap();
      this.#hooks = hooks;
      this.#revision = this.#registry.revision;
    }
    const { kind, operation, subresource, namespace } = target;
    let ofKind = this.#known.get(kind);
    if (ofKind === undefined) this.#known.set(kind, ofKind = new Map());
    const key = `${operation} ${subresource} ${namespace === ""}`;
    let found = ofKind.get(key);
    if (found === undefined) ofKind.set(key, found = this.#find(target));
    return found;
  }

  #find(target: AdmissionTarget): readonly Invocation[] {
    if (isExempt(target.kind)) return NONE;
    return this.#hooks.flatMap((hook, index) => {
      const kind = kindFor(hook, target, this.#registry);
      return kind === undefined ? [] : [{ hook, kind, index }];
    });
  }
}
