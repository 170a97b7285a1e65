/**
 * The name under which a writer manages fields.
 *
 * @module
 */
import { nodeOf, type User } from "../auth/user.ts";

/** The longest name in bytes. Kubernetes' limit. */
export const MAX_MANAGER_NAME_BYTES = 128;

const UNKNOWN = "unknown";

/** What a node's agent does is what kubelets do elsewhere. */
const NODE_AGENT = "kubelet";

/**
 * The name that the client gave (`fieldManager`), else what its user agent begins with. Parts of this server send no user agent and go by the name of
 * their user.
 */
export function managerName(
  fieldManager: string,
  { userAgent, user }: { userAgent: string | null; user: User },
): string {
  if (fieldManager !== "") return fieldManager;
  if (userAgent !== null) return agentName(userAgent) || UNKNOWN;
  if (nodeOf(user) !== undefined) return NODE_AGENT;
  return user.name.slice(user.name.lastIndexOf(":") + 1) || UNKNOWN;
}

/** What stands before the first slash, without what cannot be printed. */
function agentName(userAgent: string): string {
  const end = userAgent.indexOf("/");
  const first = end < 0 ? userAgent : userAgent.slice(0, end);
  if (/^[\x20-\x7e]*$/.test(first)) {
    return first.slice(0, MAX_MANAGER_NAME_BYTES);
  }
  let name = "";
  let bytes = 0;
  for (const char of first) {
    if (!isPrintable(char)) continue;
    bytes += new TextEncoder().encode(char).length;
    if (bytes > MAX_MANAGER_NAME_BYTES) break;
    name += char;
  }
  return name;
}

/** Whether Go calls a character printable: letters, marks, numbers, punctuation, symbols and the plain space. */
export function isPrintable(char: string): boolean {
  return char === " " || /^[\p{L}\p{M}\p{N}\p{P}\p{S}]$/u.test(char);
}
