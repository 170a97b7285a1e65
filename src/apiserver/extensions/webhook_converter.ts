/**
 * Conversion by a webhook. It takes time, and objects are needed in transactions that cannot wait; so what was converted is remembered, and who meets
 * an object that was not waits and begins again.
 *
 * Follows https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning/#webhook-conversion.
 *
 * @module
 */
import type { CustomResourceDefinition } from "../../api/apiextensions/custom_resource_definition.ts";
import type { WebhookConversion } from "../../api/apiextensions/custom_resource_definition_spec.ts";
import { aggregate } from "../../api/field_error.ts";
import type { KubeObject } from "../../api/kind.ts";
import { unknownError } from "../../api/status.ts";
import {
  validateAnnotations,
  validateLabels,
} from "../../api/validation/meta.ts";
import {
  callWebhook,
  WebhookCallError,
  type WebhookServer,
} from "../webhooks/webhook_client.ts";
import { ConversionPending, type Converter } from "./converter.ts";

/** How many conversions are remembered: more than a page of a list needs at once. */
const REMEMBERED = 4096;

/** How many objects are converted with one call. */
const BATCH_OBJECTS = 500;

const TIMEOUT_SECONDS = 30;
const REVIEW_VERSIONS = ["v1", "v1beta1"];

/** Asks the webhook of a definition. */
export class WebhookConverter implements Converter {
  readonly #server: WebhookServer;
  readonly #webhook: WebhookConversion;
  /** Converted objects as text, by the version and text that they were made of. The oldest goes first. */
  readonly #known = new Map<string, string>();
  /** Calls under way, by what they are for. */
  readonly #running = new Map<string, Promise<void>>();

  constructor(server: WebhookServer, { spec }: CustomResourceDefinition) {
    this.#server = server;
    this.#webhook = spec.conversion!.webhook!;
  }

  convert(object: KubeObject, apiVersion: string): KubeObject {
    if (object.apiVersion === apiVersion) return object;
    const known = this.#known.get(keyOf(object, apiVersion));
    if (known === undefined) {
      throw new ConversionPending(() => this.#ask([object], apiVersion));
    }
    return withMetadata(JSON.parse(known), object);
  }

  prepare(
    objects: readonly KubeObject[],
    apiVersion: string,
  ): Promise<void> | undefined {
    const foreign = objects.filter((object) =>
      object.apiVersion !== apiVersion &&
      !this.#known.has(keyOf(object, apiVersion))
    );
    return foreign.length === 0 ? undefined : this.#askAll(foreign, apiVersion);
  }

  async #askAll(
    objects: readonly KubeObject[],
    apiVersion: string,
  ): Promise<void> {
    for (let start = 0; start < objects.length; start += BATCH_OBJECTS) {
      const some = objects.slice(start, start + BATCH_OBJECTS);
      await this.#ask(some, apiVersion);
    }
  }

  /** Objects that somebody is asking about already are not asked about again. */
  #ask(objects: readonly KubeObject[], apiVersion: string): Promise<void> {
    const key = objects.map((object) => keyOf(object, apiVersion)).join("\n");
    const running = this.#running.get(key);
    if (running !== undefined) return running;
    const asked = this.#call(objects, apiVersion).finally(() =>
      this.#running.delete(key)
    );
    this.#running.set(key, asked);
    return asked;
  }

  async #call(
    objects: readonly KubeObject[],
    apiVersion: string,
  ): Promise<void> {
    const first = objects[0]!;
    const subject = `conversion webhook for ${first.apiVersion ?? ""}, Kind=${
      first.kind ?? ""
    }`;
    const version =
      this.#webhook.conversionReviewVersions.find((one) =>
        REVIEW_VERSIONS.includes(one)
      ) ?? "v1";
    const review = {
      kind: "ConversionReview",
      apiVersion: `apiextensions.k8s.io/${version}`,
      request: {
        uid: this.#server.host.random.uuid(),
        desiredAPIVersion: apiVersion,
        objects,
      },
    };
    let converted: readonly unknown[];
    try {
      const value = await callWebhook(
        this.#server,
        this.#webhook.clientConfig ?? {},
        { body: review, timeoutSeconds: TIMEOUT_SECONDS },
      );
      converted = convertedObjects(value, review);
    } catch (error) {
      if (!(error instanceof WebhookCallError)) throw error;
      throw unknownError(`${subject} failed: ${error.message}`);
    }
    if (converted.length !== objects.length) {
      throw unknownError(
        `${subject} returned ${converted.length} objects, expected ${objects.length}`,
      );
    }
    objects.forEach((object, i) => {
      const wrong = whyWrong(converted[i], object, apiVersion);
      if (wrong !== undefined) {
        throw unknownError(`${subject} returned invalid object: ${wrong}`);
      }
      this.#remember(
        keyOf(object, apiVersion),
        JSON.stringify(converted[i]),
      );
    });
  }

  #remember(key: string, text: string): void {
    this.#known.set(key, text);
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= REMEMBERED) return;
      this.#known.delete(oldest);
    }
  }
}

/** What a conversion depends on. What the server writes last is restored anyway. */
function keyOf(object: KubeObject, apiVersion: string): string {
  const { managedFields: _fields, resourceVersion: _version, ...metadata } =
    object.metadata;
  return `${apiVersion} ${JSON.stringify({ ...object, metadata })}`;
}

/** A converted object with the metadata of the original; a webhook may change labels and annotations only. */
function withMetadata(
  converted: KubeObject,
  { metadata }: KubeObject,
): KubeObject {
  const { labels, annotations } = converted.metadata;
  const { labels: _labels, annotations: _annotations, ...rest } = metadata;
  return {
    ...converted,
    metadata: {
      ...rest,
      ...(labels === undefined || labels === null ? {} : { labels }),
      ...(annotations === undefined || annotations === null
        ? {}
        : { annotations }),
    },
  };
}

interface ConversionReview {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly response?: {
    readonly uid?: string;
    readonly convertedObjects?: readonly unknown[];
    readonly result?: { readonly status?: string; readonly message?: string };
  };
}

function convertedObjects(
  value: unknown,
  review: {
    readonly apiVersion: string;
    readonly request: { readonly uid: string };
  },
): readonly unknown[] {
  const { apiVersion, kind, response } = (value ?? {}) as ConversionReview;
  const strict = review.apiVersion.endsWith("/v1");
  if (
    strict && (apiVersion !== review.apiVersion || kind !== "ConversionReview")
  ) {
    throw new WebhookCallError(
      `expected webhook response of ${review.apiVersion}, Kind=ConversionReview, got ${
        apiVersion ?? ""
      }, Kind=${kind ?? ""}`,
    );
  }
  if (response === undefined) {
    throw new WebhookCallError("no response provided");
  }
  if (strict && response.uid !== review.request.uid) {
    throw new WebhookCallError(
      `expected response.uid=${JSON.stringify(review.request.uid)}, got ${
        JSON.stringify(response.uid ?? "")
      }`,
    );
  }
  const { status = "", message = "" } = response.result ?? {};
  if (status !== "Success") {
    throw new WebhookCallError(
      message === ""
        ? `response.result.status was '${status}', not 'Success'`
        : message,
    );
  }
  return response.convertedObjects ?? [];
}

/** What is wrong with a converted object. */
function whyWrong(
  converted: unknown,
  original: KubeObject,
  apiVersion: string,
): string | undefined {
  if (typeof converted !== "object" || converted === null) {
    return "it is no object";
  }
  const object = converted as KubeObject;
  if (object.apiVersion !== apiVersion) {
    return `invalid groupVersion (expected ${apiVersion}, received ${
      object.apiVersion ?? ""
    })`;
  }
  if (object.kind !== original.kind) {
    return `invalid kind (expected ${original.kind}, received ${
      object.kind ?? ""
    })`;
  }
  const { metadata } = object;
  if (typeof metadata !== "object" || metadata === null) {
    return "missing metadata in converted object";
  }
  for (
    const [field, name] of [
      ["name", "name"],
      ["namespace", "namespace"],
      ["uid", "UID"],
    ] as const
  ) {
    const [before, after] = [original.metadata[field], metadata[field]].map(
      (one) => one ?? "",
    );
    if (before !== after) {
      return `must have the same ${name}: ${before} != ${after}`;
    }
  }
  for (const field of ["labels", "annotations"] as const) {
    const wrong = Object.entries(metadata[field] ?? {}).find(([, one]) =>
      typeof one !== "string"
    );
    if (wrong !== undefined) {
      return `metadata.${field}[${
        wrong[0]
      }] must be a string, but is ${typeof wrong[
        1
      ]} in converted object`;
    }
  }
  const errors = [
    ...validateLabels(metadata.labels, "metadata.labels"),
    ...validateAnnotations(metadata.annotations, "metadata.annotations"),
  ];
  return errors.length === 0 ? undefined : aggregate(errors);
}
