/**
 * Addresses that traffic may be sent to.
 *
 * @module
 */
import { invalidValue } from "../field_error.ts";
import type { FieldError } from "../kind.ts";

const LOOPBACK = "may not be in the loopback range (127.0.0.0/8, ::1/128)";

/** The rules of an address that is known to be one: not unspecified, loopback or link-local. */
export function validateEndpointIp(field: string, ip: string): FieldError[] {
  const found = (text: string) => [invalidValue(field, ip, text)];
  if (ip === "0.0.0.0" || /^[0:]+$/.test(ip)) {
    return found(`may not be unspecified (${ip})`);
  }
  if (ip.startsWith("127.") || /^[0:]*:0*1$/.test(ip)) return found(LOOPBACK);
  if (ip.startsWith("169.254.") || /^fe[89ab][0-9a-f]:/i.test(ip)) {
    return found(
      "may not be in the link-local range (169.254.0.0/16, fe80::/10)",
    );
  }
  if (ip.startsWith("224.0.0.") || /^ff02:/i.test(ip)) {
    return found(
      "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)",
    );
  }
  return [];
}

/**
 * Whether a finding is only that an endpoint is a loopback address. A server of the loopback mode, where all Pods have such
 * addresses, lets these pass.
 */
export function isLoopbackFinding({ message }: FieldError): boolean {
  return message.endsWith(LOOPBACK);
}
