/**
 * Webhooks as a part of admission.
 *
 * @module
 */
import { sameJson } from "../../api/equal.ts";
import type { KubeObject } from "../../api/kind.ts";
import { applyJsonPatch } from "../../api/patch/json_patch.ts";
import {
  ApiError,
  badRequest,
  internalError,
  notFound,
} from "../../api/status.ts";
import type { AdmissionTarget } from "../admission/admission.ts";
import type {
  AsyncAdmission,
  AsyncAttributes,
} from "../admission/async_admission.ts";
import type { ApiServer } from "../call.ts";
import { namespaceKey } from "../keys.ts";
import {
  type AdmissionAnswer,
  denial,
  readAnswer,
  reviewOf,
  reviewVersion,
} from "./admission_review.ts";
import { type Subject, subjectOf } from "./review_subject.ts";
import {
  callWebhook,
  WebhookCallError,
  type WebhookServer,
} from "./webhook_client.ts";
import { HookIndex, type Invocation } from "./hook_index.ts";
import { type Hook, isNamespace } from "./webhook_rules.ts";
import { type WebhookSet, webhookSets } from "./webhook_set.ts";

const DEFAULT_TIMEOUT_SECONDS = 10;

/** What this part needs of the server. */
export type WebhookAdmissionServer =
  & WebhookServer
  & Pick<ApiServer, "registry">;

/** Asks the webhooks of the cluster. */
export class WebhookAdmission implements AsyncAdmission, Disposable {
  readonly #server: WebhookAdmissionServer;
  readonly #mutating: WebhookSet;
  readonly #validating: WebhookSet;
  readonly #mutators: HookIndex;
  readonly #validators: HookIndex;

  constructor(server: WebhookAdmissionServer) {
    this.#server = server;
    const { mutating, validating } = webhookSets(server.store);
    this.#mutating = mutating;
    this.#validating = validating;
    this.#mutators = new HookIndex(mutating, server.registry);
    this.#validators = new HookIndex(validating, server.registry);
  }

  /** Begins to follow the configurations. */
  start(): void {
    this.#mutating.start();
    this.#validating.start();
  }

  [Symbol.dispose](): void {
    this.#mutating[Symbol.dispose]();
    this.#validating[Symbol.dispose]();
  }

  concerns(target: AdmissionTarget): boolean {
    return this.#mutators.of(target).length > 0 ||
      this.#validators.of(target).length > 0;
  }

  async mutate(attributes: AsyncAttributes): Promise<KubeObject | undefined> {
    let { object } = attributes;
    /** Those that want to be asked again when somebody after them changes the object. */
    const eager = new Set<Invocation>();
    const again = new Set<Invocation>();
    const all = this.#mutators.of(attributes);
    for (let round = 0; round < 2; round++) {
      for (const invocation of round === 0 ? all : [...again]) {
        const now = object === undefined
          ? attributes
          : { ...attributes, object };
        if (!this.#matches(invocation.hook, now)) continue;
        const changed = await this.#mutateBy(invocation, now, round);
        if (changed !== undefined) {
          object = changed;
          for (const one of eager) again.add(one);
        }
        if (invocation.hook.webhook.reinvocationPolicy === "IfNeeded") {
          eager.add(invocation);
        }
      }
    }
    return object === attributes.object ? undefined : object;
  }

  async validate(attributes: AsyncAttributes): Promise<void> {
    const invocations = this.#validators.of(attributes).filter(({ hook }) =>
      this.#matches(hook, attributes)
    );
    const results = await Promise.allSettled(
      invocations.map((invocation) =>
        this.#ask(invocation, attributes, { round: 0, mutating: false })
      ),
    );
    for (const result of results) {
      if (result.status === "rejected") throw result.reason;
    }
  }

  /** Whether the selectors match. @throws {ApiError} 404 when the namespace whose labels count is not there */
  #matches(hook: Hook, attributes: AsyncAttributes): boolean {
    if (!this.#matchesNamespace(hook, attributes)) return false;
    return [attributes.object, attributes.previous].some((one) =>
      one !== undefined && hook.objects.matches(one.metadata.labels ?? {})
    );
  }

  #matchesNamespace(hook: Hook, attributes: AsyncAttributes): boolean {
    const { kind, namespace, object, subresource, name, operation } =
      attributes;
    const own = isNamespace(kind);
    if (namespace === "" && !own) return true;
    if (hook.namespaces.requirements.length === 0) return true;
    if (own && subresource === "" && operation !== "DELETE") {
      return hook.namespaces.matches(object?.metadata.labels ?? {});
    }
    const wanted = own ? name : namespace;
    const row = this.#server.store.get(namespaceKey(wanted));
    if (row === undefined) {
      throw notFound({ group: "", plural: "namespaces" }, wanted);
    }
    return hook.namespaces.matches(row.labels ?? {});
  }

  async #mutateBy(
    invocation: Invocation,
    attributes: AsyncAttributes,
    round: number,
  ): Promise<KubeObject | undefined> {
    const asked = await this.#ask(invocation, attributes, {
      round,
      mutating: true,
    });
    const patch = asked?.answer.patch ?? [];
    const { hook: { webhook, configuration }, index } = invocation;
    let changed: KubeObject | undefined;
    if (asked !== undefined && patch.length > 0) {
      const { object } = asked.subject;
      if (object === undefined) {
        const name = JSON.stringify(webhook.name);
        const why =
          `admission webhook ${name} attempted to modify the object, which is not supported for this operation`;
        throw internalError(new Error(why));
      }
      const next = patched(object, patch);
      if (!sameJson(next, object)) changed = asked.subject.back(next);
    }
    const place = `round_${round}_index_${index}`;
    attributes.annotations?.set(
      `mutation.webhook.admission.k8s.io/${place}`,
      JSON.stringify({
        configuration,
        webhook: webhook.name,
        mutated: changed !== undefined,
      }),
    );
    if (patch.length > 0) {
      attributes.annotations?.set(
        `patch.webhook.admission.k8s.io/${place}`,
        JSON.stringify({
          configuration,
          webhook: webhook.name,
          patch,
          patchType: "JSONPatch",
        }),
      );
    }
    return changed;
  }

  /** Asks one webhook; undefined when it could not be asked and that does not matter. @throws {ApiError} when it refuses, or when that matters */
  async #ask(
    { hook, kind, index }: Invocation,
    attributes: AsyncAttributes,
    { round, mutating }: { readonly round: number; readonly mutating: boolean },
  ): Promise<{ answer: AdmissionAnswer; subject: Subject } | undefined> {
    const { webhook } = hook;
    const { dryRun, warnings, annotations } = attributes;
    if (
      dryRun && !["None", "NoneOnDryRun"].includes(webhook.sideEffects ?? "")
    ) {
      throw badRequest(
        `admission webhook ${
          JSON.stringify(webhook.name)
        } does not support dry run`,
      );
    }
    try {
      const subject = await subjectOf(attributes, kind);
      const review = reviewOf(attributes, subject, {
        uid: this.#server.host.random.uuid(),
        apiVersion: reviewVersion(webhook.admissionReviewVersions),
      });
      const value = await callWebhook(this.#server, webhook.clientConfig, {
        body: review,
        timeoutSeconds: webhook.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS,
        prefix: "failed to call webhook: ",
      });
      const answer = readAnswer(value, { review, mutating });
      for (const [key, text] of Object.entries(answer.annotations)) {
        annotations?.set(`${webhook.name}/${key}`, text);
      }
      warnings.push(...answer.warnings);
      if (!answer.allowed) throw denial(webhook.name, answer.result);
      return { answer, subject };
    } catch (error) {
      if (!(error instanceof WebhookCallError)) throw error;
      const text = `failed calling webhook ${
        JSON.stringify(webhook.name)
      }: ${error.message}`;
      this.#server.host.log("warn", "Cannot ask a webhook", {
        webhook: webhook.name,
        error: error.message,
        ignored: webhook.failurePolicy === "Ignore",
      });
      if (webhook.failurePolicy !== "Ignore") {
        throw internalError(new Error(text));
      }
      const part = mutating ? "mutation" : "validating";
      annotations?.set(
        `failed-open.${part}.webhook.admission.k8s.io/round_${round}_index_${index}`,
        webhook.name,
      );
      return undefined;
    }
  }
}

/** @throws {ApiError} 500 when the patch does not fit */
function patched(object: KubeObject, patch: readonly unknown[]): KubeObject {
  try {
    return applyJsonPatch(object, patch);
  } catch (error) {
    if (error instanceof ApiError) {
      throw internalError(new Error(error.message));
    }
    throw error;
  }
}
