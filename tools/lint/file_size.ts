/**
 * No file grows beyond what one sitting can take in. Generated files are exempt.
 *
 * @module
 */

/** The most lines of a file. */
export const MAX_LINES = 600;

/** Names of files that programs wrote. */
const GENERATED = /(^|\/)generated\/|_pb\.ts$|\.generated\.ts$/;

/** Reports files that are too long. */
export const fileSize: Deno.lint.Rule = {
  create(context) {
    if (GENERATED.test(context.filename)) return {};
    return {
      Program(node) {
        const { text } = context.sourceCode;
        const lines = text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
        if (lines <= MAX_LINES) return;
        const [first = node] = node.body;
        context.report({
          node: first,
          message: `File has ${lines} lines, at most ${MAX_LINES} are allowed`,
          hint: "Give each noun in it a file of its own",
        });
      },
    };
  },
};
