/**
 * The rules of how a webhook is called: for admission, and for the conversion of custom resources.
 *
 * @module
 */
import { invalidValue, required } from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import { isDnsSubdomain, isPort } from "./names.ts";

const FORM = "; desired format: https://host[/path]";

/** The rules of a webhook's URL. */
export function validateWebhookUrl(field: string, text: string): FieldError[] {
  const url = URL.parse(text);
  if (url === null) {
    return [
      required(
        field,
        `url must be a valid URL: parse ${
          JSON.stringify(text)
        }: invalid URI for request${FORM}`,
      ),
    ];
  }
  const found: FieldError[] = [];
  const wrong = (value: string, why: string) =>
    void found.push(invalidValue(field, value, why));
  if (url.protocol !== "https:") {
    wrong(
      url.protocol.slice(0, -1),
      `'https' is the only allowed URL scheme${FORM}`,
    );
  }
  if (url.host === "") wrong(url.host, `host must be specified${FORM}`);
  const user = [url.username, url.password].filter((s) => s !== "").join(":");
  if (user !== "") {
    wrong(user, "user information is not permitted in the URL");
  }
  if (url.hash !== "") {
    wrong(url.hash.slice(1), "fragments are not permitted in the URL");
  }
  if (url.search !== "") {
    wrong(
      url.search.slice(1),
      "query parameters are not permitted in the URL",
    );
  }
  return found;
}

function validatePath(field: string, path: string): FieldError[] {
  const wrong = (why: string) => invalidValue(field, path, why);
  if (path === "/" || path === "") return [];
  if (path === "//") return [wrong("segment[0] may not be empty")];
  const found = path.startsWith("/") ? [] : [wrong("must start with a '/'")];
  path.slice(1).replace(/\/$/, "").split("/").forEach((step, i) => {
    if (step === "") found.push(wrong(`segment[${i}] may not be empty`));
    else {
      for (const why of isDnsSubdomain(step)) {
        found.push(wrong(`segment[${i}]: ${why}`));
      }
    }
  });
  return found;
}

/** The rules of the Service that a webhook is behind; its port has been filled in by now. */
export function validateWebhookService(
  field: string,
  { name, namespace, path, port = 443 }: {
    readonly name: string;
    readonly namespace: string;
    readonly path?: string;
    readonly port?: number;
  },
): FieldError[] {
  const portFaults = isPort(port);
  return [
    ...(name === "" ? [required(`${field}.name`)] : []),
    ...(namespace === "" ? [required(`${field}.namespace`)] : []),
    ...(portFaults.length === 0 ? [] : [
      invalidValue(
        `${field}.port`,
        port,
        `port is not valid: ${portFaults.join(", ")}`,
      ),
    ]),
    ...(path === undefined ? [] : validatePath(`${field}.path`, path)),
  ];
}
