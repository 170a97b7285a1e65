/**
 * The Huffman code of HTTP/2 header strings (RFC 7541, appendix B).
 *
 * @module
 */

/**
 * Lengths of the words for the symbols 0 to 255 and the end mark, a base-36 digit each. The code is canonical (words of one length are
 * numbers in a row, in the symbols' order), so the lengths say it all.
 */
const LENGTHS =
  "dnsssssssoussussssssssusssssssss6aacd68baa8b8666555666666678f6ca" +
  "d67777777777777777777777878djde6f56565666577666567655677777fbeds" +
  "kmkkmmmnmnnnnnonoomnonnnnlmnmnnomlkmmnnlnmmolmnnllmlnmnnkmmmnmmn" +
  "qqkjmnmpqqqrrqopjlqrrqrollqqsrrrkoklmllnmmppooqnqrqqrrrrrsrrrrrq" + "u";

const LONGEST = 30;

/** Symbols in the order of their words, and for each length the first word and where its symbols begin. */
interface Code {
  readonly symbols: readonly number[];
  readonly first: readonly number[];
  readonly begin: readonly number[];
  readonly count: readonly number[];
}

function makeCode(): Code {
  const lengths = [...LENGTHS].map((digit) => parseInt(digit, 36));
  const count = Array<number>(LONGEST + 1).fill(0);
  for (const length of lengths) count[length]! += 1;
  const first: number[] = [0];
  const begin: number[] = [0];
  for (let length = 1; length <= LONGEST; length++) {
    first[length] = (first[length - 1]! + count[length - 1]!) * 2;
    begin[length] = begin[length - 1]! + count[length - 1]!;
  }
  const symbols = lengths.map((_, symbol) => symbol)
    .sort((a, b) => lengths[a]! - lengths[b]! || a - b);
  return { symbols, first, begin, count };
}

/** Decodes header strings. */
export class HuffmanDecoder {
  readonly #code = makeCode();

  /** @throws {RangeError} when the bytes are not of this code */
  decode(bytes: Uint8Array): Uint8Array {
    const { symbols, first, begin, count } = this.#code;
    const out: number[] = [];
    let word = 0;
    let length = 0;
    for (const byte of bytes) {
      for (let bit = 7; bit >= 0; bit--) {
        word = word * 2 + (byte >> bit & 1);
        length++;
        if (length > LONGEST) throw new RangeError("Not a Huffman string");
        const index = word - first[length]!;
        if (index < 0 || index >= count[length]!) continue;
        const symbol = symbols[begin[length]! + index]!;
        if (symbol > 255) throw new RangeError("End mark in a Huffman string");
        out.push(symbol);
        word = 0;
        length = 0;
      }
    }
    // What is left is padding: less than a byte, all ones.
    if (length > 7 || word !== 2 ** length - 1) {
      throw new RangeError("A Huffman string ends within a word");
    }
    return Uint8Array.from(out);
  }
}
