/**
 * Deals queues to flows: each flow gets a few of many, so that two flows seldom have all of them in common.
 *
 * @module
 */

/** FNV-1a's numbers for 32 bits. */
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** The queues of a flow: `handSize` different numbers below `queues`, the same each time. */
export function handOf(
  flow: string,
  { queues, handSize }: { readonly queues: number; readonly handSize: number },
): number[] {
  const hand: number[] = [];
  const size = Math.min(handSize, queues);
  let hash = hashOf(flow);
  while (hand.length < size) {
    hash = mix(hash);
    let number = hash % queues;
    // Each card is dealt once.
    while (hand.includes(number)) number = (number + 1) % queues;
    hand.push(number);
  }
  return hand;
}

function hashOf(text: string): number {
  let hash = FNV_OFFSET;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), FNV_PRIME);
  }
  return hash >>> 0;
}

/** Spreads the bits of a number over all of them (the last steps of MurmurHash3). */
function mix(hash: number): number {
  let h = hash + 0x9e3779b9 | 0;
  h = Math.imul(h ^ h >>> 16, 0x85ebca6b);
  h = Math.imul(h ^ h >>> 13, 0xc2b2ae35);
  return (h ^ h >>> 16) >>> 0;
}
