/**
 * The rules of a Pod's DNS settings and host aliases.
 *
 * @module
 */
import { invalidValue, required } from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import type { HostAlias, PodSpec } from "../core/pod_spec.ts";
import { isDnsSubdomain, isDnsSubdomainWithUnderscore } from "./names.ts";
import { each, validateIp } from "./values.ts";

/** Limits of the C library's resolver. */
const MAX_NAMESERVERS = 3;
const MAX_SEARCHES = 32;
const MAX_SEARCH_CHARACTERS = 2048;

/** The rules of `dnsConfig`, as `dnsPolicy` needs it. */
export function validateDns(
  { dnsConfig, dnsPolicy }: PodSpec,
  field: string,
): FieldError[] {
  const { nameservers = [], searches = [], options = [] } = dnsConfig ?? {};
  if (dnsPolicy === "None") {
    if (dnsConfig === undefined) {
      return [
        required(
          field,
          "must provide `dnsConfig` when `dnsPolicy` is None",
        ),
      ];
    }
    if (nameservers.length === 0) {
      return [
        required(
          `${field}.nameservers`,
          "must provide at least one DNS nameserver when `dnsPolicy` is None",
        ),
      ];
    }
  }
  const found: FieldError[] = [];
  if (nameservers.length > MAX_NAMESERVERS) {
    found.push(
      invalidValue(
        `${field}.nameservers`,
        nameservers,
        `must not have more than ${MAX_NAMESERVERS} nameservers`,
      ),
    );
  }
  nameservers.forEach((ip, i) =>
    found.push(...validateIp(`${field}.nameservers[${i}]`, ip))
  );
  if (searches.length > MAX_SEARCHES) {
    found.push(
      invalidValue(
        `${field}.searches`,
        searches,
        `must not have more than ${MAX_SEARCHES} search paths`,
      ),
    );
  }
  if (searches.join(" ").length > MAX_SEARCH_CHARACTERS) {
    found.push(
      invalidValue(
        `${field}.searches`,
        searches,
        `must not have more than ${MAX_SEARCH_CHARACTERS} characters (including spaces) in the search list`,
      ),
    );
  }
  searches.forEach((search, i) => {
    if (search === ".") return;
    const name = search.replace(/\.$/, "");
    found.push(
      ...each(
        `${field}.searches[${i}]`,
        name,
        isDnsSubdomainWithUnderscore(name),
      ),
    );
  });
  options.forEach(({ name = "" }, i) => {
    if (name === "") {
      found.push(required(`${field}.options[${i}]`, "must not be empty"));
    }
  });
  return found;
}

/** The rules of `hostAliases`. */
export function validateHostAliases(
  aliases: readonly HostAlias[],
  field: string,
): FieldError[] {
  return aliases.flatMap(({ ip, hostnames = [] }, i) => [
    ...validateIp(`${field}[${i}].ip`, ip),
    ...hostnames.flatMap((name, j) =>
      each(`${field}[${i}].hostnames[${j}]`, name, isDnsSubdomain(name))
    ),
  ]);
}
