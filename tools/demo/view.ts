/**
 * What the demo shows while it waits: the pods as a table, repainted in place for a person, only its changes for a file.
 *
 * @module
 */

/** Shows a text that changes. */
export class LiveView {
  readonly #interactive = Deno.stdout.isTerminal();
  #shown = "";
  #lines = 0;

  /** The text that is shown; empty after {@linkcode done}. */
  get shown(): string {
    return this.#shown;
  }

  /** Shows the text instead of the one before. */
  show(text: string): void {
    if (text === this.#shown) return;
    if (!this.#interactive && summary(text) === summary(this.#shown)) {
      this.#shown = text;
      return;
    }
    this.#shown = text;
    const back = this.#interactive && this.#lines > 0
      ? `\x1b[${this.#lines}A\x1b[J`
      : "";
    const body = text.endsWith("\n") ? text : text + "\n";
    if (this.#interactive) write(back + body);
    else write(summary(text) + "\n");
    this.#lines = body.split("\n").length - 1;
  }

  /** The last text stays; the next `show` starts below it. */
  done(): void {
    if (!this.#interactive && this.#shown) {
      write(this.#shown.endsWith("\n") ? this.#shown : this.#shown + "\n");
    }
    this.#shown = "";
    this.#lines = 0;
  }
}

/** Prints a line. */
export function say(line = ""): void {
  write(line + "\n");
}

/** The terminal may be closed by now: what was started has to be stopped all the same. */
function write(text: string): void {
  const bytes = new TextEncoder().encode(text);
  try {
    for (let at = 0; at < bytes.length;) {
      at += Deno.stdout.writeSync(bytes.subarray(at));
    }
  } catch {
    // Nobody reads.
  }
}

/** `2/5 pods ready`: enough where nobody watches. */
function summary(table: string): string {
  const rows = table.trim().split("\n").slice(1);
  const ready = rows.filter((row) => /\s(\d+)\/\1\s+Running/.test(row)).length;
  return `${ready}/${rows.length} pods ready`;
}
