/**
 * Rules for how a webhook is reached.
 *
 * @module
 */
import { invalidValue, required } from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import { isDnsSubdomain, isPort } from "./names.ts";

const FORM = "; desired format: https://host[/path]";

/** How a webhook is reached, as far as the rules go. */
export interface WebhookClient {
  /** An `https` URL. */
  readonly url?: string;
  /** A service of the cluster. */
  readonly service?: {
    readonly namespace: string;
    readonly name: string;
    readonly path?: string;
    readonly port?: number;
  };
}

/** Rules for a client configuration: exactly one way, and that one right. */
export function validateWebhookClient(
  { url, service }: WebhookClient,
  field: string,
): FieldError[] {
  if ((url === undefined) === (service === undefined)) {
    return [required(field, "exactly one of url or service is required")];
  }
  return url !== undefined
    ? validateUrl(url, `${field}.url`)
    : validateService(service!, `${field}.service`);
}

function validateUrl(text: string, field: string): FieldError[] {
  const match =
    /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?:\/\/(?:([^/?#@]*)@)?([^/?#]*))?[^?#]*(?:\?([^#]*))?(?:#(.*))?$/s
      .exec(text);
  // deno-lint-ignore no-control-regex
  if (match === null || /[\x00-\x1f\x7f ]/.test(text)) {
    return [
      required(
        field,
        `url must be a valid URL: parse ${
          JSON.stringify(text)
        }: net/url: invalid control character in URL${FORM}`,
      ),
    ];
  }
  const [, scheme = "", user, host = "", query = "", fragment = ""] = match;
  const found: FieldError[] = [];
  if (scheme !== "https") {
    found.push(
      invalidValue(
        field,
        scheme,
        `'https' is the only allowed URL scheme${FORM}`,
      ),
    );
  }
  if (host === "") {
    found.push(invalidValue(field, host, `host must be specified${FORM}`));
  }
  if (user !== undefined) {
    found.push(
      invalidValue(field, user, "user information is not permitted in the URL"),
    );
  }
  if (fragment !== "") {
    found.push(
      invalidValue(field, fragment, "fragments are not permitted in the URL"),
    );
  }
  if (query !== "") {
    found.push(
      invalidValue(
        field,
        query,
        "query parameters are not permitted in the URL",
      ),
    );
  }
  return found;
}

function validateService(
  { name, namespace, path = "", port = 443 }: NonNullable<
    WebhookClient["service"]
  >,
  field: string,
): FieldError[] {
  const found: FieldError[] = [];
  if (name === "") found.push(required(`${field}.name`));
  if (namespace === "") found.push(required(`${field}.namespace`));
  const wrong = isPort(port);
  if (wrong.length > 0) {
    found.push(
      invalidValue(
        `${field}.port`,
        port,
        `port is not valid: ${wrong.join(", ")}`,
      ),
    );
  }
  return [...found, ...validatePath(path, `${field}.path`)];
}

function validatePath(path: string, field: string): FieldError[] {
  if (path === "" || path === "/") return [];
  if (path === "//") {
    return [invalidValue(field, path, "segment[0] may not be empty")];
  }
  const found: FieldError[] = [];
  if (!path.startsWith("/")) {
    found.push(invalidValue(field, path, "must start with a '/'"));
  }
  path.slice(1).replace(/\/$/, "").split("/").forEach((step, i) => {
    if (step === "") {
      found.push(invalidValue(field, path, `segment[${i}] may not be empty`));
      return;
    }
    for (const wrong of isDnsSubdomain(step)) {
      found.push(invalidValue(field, path, `segment[${i}]: ${wrong}`));
    }
  });
  return found;
}
