/**
 * The forms of names, label keys and values, ports and so on; each rule answers what is wrong, in Kubernetes' words.
 *
 * @module
 */

/** Says what is wrong with a name; `prefix` when more characters will follow (`generateName`). */
export type NameRule = (name: string, prefix: boolean) => string[];

interface Form {
  readonly source: string;
  readonly regexp: RegExp;
  readonly text: string;
  readonly examples: readonly string[];
}

function form(source: string, text: string, ...examples: string[]): Form {
  return { source, regexp: new RegExp(`^(?:${source})$`), text, examples };
}

const LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const UNDERSCORED = "_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?";
const KEY = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";

const FORMS = {
  label: form(
    LABEL,
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
    "my-name",
    "123-abc",
  ),
  subdomain: form(
    `${LABEL}(\\.${LABEL})*`,
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
    "example.com",
  ),
  wildcard: form(
    `\\*\\.${LABEL}(\\.${LABEL})*`,
    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
    "*.example.com",
  ),
  underscored: form(
    `${UNDERSCORED}(\\.${UNDERSCORED})*`,
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character",
    "example.com",
  ),
  label1035: form(
    "[a-z]([-a-z0-9]*[a-z0-9])?",
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
    "my-name",
    "abc-123",
  ),
  key: form(
    KEY,
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
    "MyName",
    "my.name",
    "123-abc",
  ),
  value: form(
    `(${KEY})?`,
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
    "MyValue",
    "my_value",
    "12345",
  ),
  header: form(
    "[-A-Za-z0-9]+",
    "a valid HTTP header must consist of alphanumeric characters or '-'",
    "X-Header-Name",
  ),
  configKey: form(
    "[-._a-zA-Z0-9]+",
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
    "key.name",
    "KEY_NAME",
    "key-name",
  ),
  percent: form(
    "[0-9]+%",
    "a valid percent string must be a numeric string followed by an ending '%'",
    "1%",
    "93%",
  ),
  path: form(
    "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+",
    "Invalid path",
  ),
} as const;

/** How a broken form is told, with examples and the expression. */
function broken({ text, source, examples }: Form): string {
  const such = examples.map((e) => `'${e}', `).join(" or ");
  return examples.length === 0
    ? `${text} (regex used for validation is '${source}')`
    : `${text} (e.g. ${such}regex used for validation is '${source}')`;
}

function check(form: Form, value: string): string[] {
  return form.regexp.test(value) ? [] : [broken(form)];
}

/** What Kubernetes counts: names in characters, labels and their like in bytes. */
type Unit = "characters" | "bytes";

function maxLength(length: number, unit: Unit): string {
  return `must be no more than ${length} ${unit}`;
}

/** `must be between 1 and 65535, inclusive` */
export function betweenInclusive(low: number, high: number): string {
  return `must be between ${low} and ${high}, inclusive`;
}

/** What an empty part is told. */
export const EMPTY = "must be non-empty";

function limited(
  form: Form,
  value: string,
  length: number,
  unit: Unit = "characters",
): string[] {
  return [
    ...(value.length > length ? [maxLength(length, unit)] : []),
    ...check(form, value),
  ];
}

/** RFC 1123 label, at most 63 characters. */
export function isDnsLabel(value: string): string[] {
  const dotted = value.includes(".") && FORMS.subdomain.regexp.test(value);
  return [
    ...(value.length > 63 ? [maxLength(63, "characters")] : []),
    ...(dotted ? ["must not contain dots"] : check(FORMS.label, value)),
  ];
}
/** RFC 1123 subdomain, at most 253 characters. */
export const isDnsSubdomain = (value: string): string[] =>
  limited(FORMS.subdomain, value, 253);
/** RFC 1123 subdomain after `*.`. */
export const isWildcardDnsSubdomain = (value: string): string[] =>
  limited(FORMS.wildcard, value, 253);
/** RFC 1123 subdomain whose labels may begin with an underscore. */
export const isDnsSubdomainWithUnderscore = (value: string): string[] =>
  limited(FORMS.underscored, value, 253);
/** RFC 1035 label (starts with a letter), at most 63 characters. */
export const isDns1035Label = (value: string): string[] =>
  limited(FORMS.label1035, value, 63);
/** The value of a label. */
export const isLabelValue = (value: string): string[] =>
  limited(FORMS.value, value, 63, "bytes");
/** Name of an HTTP header. */
export const isHeaderName = (value: string): string[] =>
  check(FORMS.header, value);
/** A whole percentage such as `25%`. */
export const isPercent = (value: string): string[] =>
  check(FORMS.percent, value);

/** Key of a ConfigMap or Secret. */
export function isConfigKey(value: string): string[] {
  return [
    ...limited(FORMS.configKey, value, 253),
    ...(value === "."
      ? ["must not be '.'"]
      : value === ".."
      ? ["must not be '..'"]
      : value.startsWith("..")
      ? ["must not start with '..'"]
      : []),
  ];
}

/** A label key: a name, or a DNS subdomain, a slash and a name. Finalizers and annotations have the same form. */
export function isQualifiedName(value: string): string[] {
  const parts = value.split("/");
  if (parts.length > 2) {
    return [
      `a valid label key ${
        broken(FORMS.key)
      } with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  const name = parts.at(-1)!;
  const found: string[] = [];
  if (parts.length === 2) {
    const prefix = parts[0]!;
    const wrong = prefix === ""
      ? [EMPTY]
      : limited(FORMS.subdomain, prefix, 253, "bytes");
    found.push(...wrong.map((w) => `prefix part ${w}`));
  }
  if (name === "") found.push(`name part ${EMPTY}`);
  else if (name.length > 63) {
    found.push(`name part ${maxLength(63, "bytes")}`);
  }
  found.push(...check(FORMS.key, name).map((w) => `name part ${w}`));
  return found;
}

/** A path below a domain, for example `example.com/path`. */
export const isHttpPath = (value: string): string[] => check(FORMS.path, value);

/** Name of an environment variable: printable ASCII without `=`. */
export function isEnvName(value: string): string[] {
  const found: string[] = [];
  if (value === "") found.push(`environment variable name ${EMPTY}`);
  if (!/^[\x20-\x7e]*$/.test(value) || value.includes("=")) {
    found.push(
      "a valid environment variable name must consist only of printable ASCII characters other than '='",
    );
  }
  return found;
}

/** A port number from 1. */
export function isPort(port: number): string[] {
  return port >= 1 && port <= 65535 ? [] : [betweenInclusive(1, 65535)];
}

/** The name of a container port: an IANA service name. */
export function isPortName(port: string): string[] {
  const found: string[] = [];
  if (port.length > 15) found.push(maxLength(15, "characters"));
  if (!/^[-a-z0-9]+$/.test(port)) {
    found.push(
      "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)",
    );
  }
  if (!/[a-z]/.test(port)) {
    found.push("must contain at least one letter (a-z)");
  }
  if (port.includes("--")) {
    found.push("must not contain consecutive hyphens");
  }
  if (port.startsWith("-") || port.endsWith("-")) {
    found.push("must not begin or end with a hyphen");
  }
  return found;
}

function masked(name: string, prefix: boolean): string {
  return prefix && name.length > 1 && name.endsWith("-")
    ? `${name.slice(0, -2)}a`
    : name;
}

/** Names that are DNS subdomains (most kinds). */
export const dnsSubdomain: NameRule = (name, prefix) =>
  isDnsSubdomain(masked(name, prefix));
/** Names that are DNS labels (Namespace). */
export const dnsLabel: NameRule = (name, prefix) =>
  isDnsLabel(masked(name, prefix));
/** Names that are RFC 1035 labels. */
export const dns1035Label: NameRule = (name, prefix) =>
  isDns1035Label(masked(name, prefix));

/** Names that need only be safe in a path (RBAC kinds). */
export const pathSegment: NameRule = (name, prefix) => {
  const found: string[] = [];
  if (!prefix && (name === "." || name === "..")) {
    found.push(`may not be '${name}'`);
  }
  for (const bad of ["/", "%"]) {
    if (name.includes(bad)) found.push(`may not contain '${bad}'`);
  }
  return found;
};
