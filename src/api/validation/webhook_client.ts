/**
 * The rules of how a webhook is called: for admission, and for the conversion of custom resources.
 *
 * @module
 */
import { invalidValue, required } from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import { isDnsSubdomain, isPort } from "./names.ts";

const FORM = "; desired format: https://host[/path]";

/** The parts of a URL (RFC 3986, appendix B): scheme, authority, query, fragment. */
const URL_PARTS =
  /^(?:([^:/?#]+):)?(?:\/\/([^/?#]*))?[^?#]*(?:\?([^#]*))?(?:#(.*))?$/;

/** Spaces, control characters and percent signs that escape nothing. */
const BAD_URL = /[\s\p{Cc}]|%(?![0-9A-Fa-f]{2})/u;

/** The Service that a webhook is behind. */
interface WebhookService {
  readonly name: string;
  readonly namespace: string;
  readonly path?: string;
  readonly port?: number;
}

/** The rules of where a webhook is, whatever it is for. */
export function validateWebhookClient(
  field: string,
  { url, service }: {
    readonly url?: string;
    readonly service?: WebhookService;
  },
): FieldError[] {
  if ((url === undefined) === (service === undefined)) {
    return [required(field, "exactly one of url or service is required")];
  }
  return url !== undefined
    ? validateWebhookUrl(`${field}.url`, url)
    : validateWebhookService(`${field}.service`, service!);
}

/** The rules of a webhook's URL. */
function validateWebhookUrl(field: string, text: string): FieldError[] {
  // An address without a host is told as such, so nothing is asked of it that `URL` asks.
  const parts = BAD_URL.test(text) ? null : URL_PARTS.exec(text);
  if (parts === null) {
    const quoted = JSON.stringify(text);
    return [
      required(
        field,
        `url must be a valid URL: parse ${quoted}: invalid URL${FORM}`,
      ),
    ];
  }
  const [, scheme = "", authority = "", query = "", fragment = ""] = parts;
  const at = authority.lastIndexOf("@");
  const user = authority.slice(0, Math.max(at, 0));
  const host = authority.slice(at + 1);
  const wrong = (value: string, why: string) => invalidValue(field, value, why);
  return [
    ...(scheme === "https"
      ? []
      : [wrong(scheme, `'https' is the only allowed URL scheme${FORM}`)]),
    ...(host === "" ? [wrong(host, `host must be specified${FORM}`)] : []),
    ...(user === ""
      ? []
      : [wrong(user, "user information is not permitted in the URL")]),
    ...(fragment === ""
      ? []
      : [wrong(fragment, "fragments are not permitted in the URL")]),
    ...(query === ""
      ? []
      : [wrong(query, "query parameters are not permitted in the URL")]),
  ];
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
function validateWebhookService(
  field: string,
  { name, namespace, path, port = 443 }: WebhookService,
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
