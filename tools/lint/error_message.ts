/**
 * Error messages read alike: a capital first, no full stop at the end.
 *
 * @module
 */
import { isTest, sourcePath } from "./source_path.ts";

/** Where texts are Kubernetes', which users meet in events and look up as they are. */
const KUBERNETES_TEXTS =
  /^(agent\/(volumes|container)|src\/scheduler\/volumes)\//;

/** Where each class takes its message; classes that are not listed speak to programs, or have texts that others prescribe. */
const MESSAGE_AT: Readonly<Record<string, number>> = {
  Error: 0,
  RangeError: 0,
  SyntaxError: 0,
  TypeError: 0,
  HostError: 1,
};

/** Says what is wrong with a message, or undefined when nothing is. */
export function messageViolation(
  start: string,
  end: string,
): string | undefined {
  if (/^\p{Ll}/u.test(start)) {
    return "Error message must start with an upper-case letter";
  }
  if (/[^.]\.$/.test(end)) return "Error message must not end with a full stop";
  return undefined;
}

/** Reports messages that read otherwise. */
export const errorMessage: Deno.lint.Rule = {
  create(context) {
    const path = sourcePath(context.filename);
    // a test's errors stand for whatever others throw
    if (path === undefined || isTest(path) || KUBERNETES_TEXTS.test(path)) {
      return {};
    }
    return {
      NewExpression(node) {
        if (node.callee.type !== "Identifier") return;
        const at = MESSAGE_AT[node.callee.name];
        const message = at === undefined ? undefined : node.arguments[at];
        if (message === undefined) return;
        const [start, end] = textOf(message) ?? [];
        if (start === undefined || end === undefined) return;
        const violation = messageViolation(start, end);
        if (violation !== undefined) {
          context.report({ node: message, message: violation });
        }
      },
    };
  },
};

/** How a literal begins and ends; what a template puts in stays unknown. */
function textOf(node: Deno.lint.Node): [string, string] | undefined {
  if (node.type === "Literal") {
    return typeof node.value === "string"
      ? [node.value, node.value]
      : undefined;
  }
  if (node.type !== "TemplateLiteral") return undefined;
  const first = node.quasis[0];
  const last = node.quasis.at(-1);
  return [first?.cooked ?? "", last?.cooked ?? ""];
}
