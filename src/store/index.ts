/**
 * An ordered map from keys to items that can be frozen cheaply: a B+ tree with copy on write.
 *
 * A node belongs to the tree that made it. {@linkcode OrderedIndex.snapshot} gives the nodes away, after which both trees copy a node before they
 * change it; without snapshots writes happen in place.
 *
 * ```text
 *   Branch [ -, "m" ]          sizes are kept, so that counting a range costs a walk down, not a walk along
 *     ├── Leaf [ a, c, k ]
 *     └── Leaf [ m, p ]
 * ```
 *
 * @module
 */

/** Most items of a leaf, and most children of a branch. */
const WIDTH = 64;
/** A node narrower than this is merged into a neighbour when both fit. */
const NARROW = WIDTH / 4;

/** What an index holds. */
export interface Keyed {
  readonly key: string;
}

/** Part of an index: `from` included, `to` not. */
export interface KeyRange {
  readonly from: string;
  readonly to: string;
}

/** The tree that may change a node in place. */
type Owner = symbol;

class Leaf<T extends Keyed> {
  owner: Owner;
  items: T[];

  constructor(owner: Owner, items: T[]) {
    this.owner = owner;
    this.items = items;
  }

  get size(): number {
    return this.items.length;
  }

  get width(): number {
    return this.items.length;
  }
}

class Branch<T extends Keyed> {
  owner: Owner;
  /** `bounds[i]` ≤ every key of child i, and > every key of child i - 1; `bounds[0]` is not looked at. */
  bounds: string[];
  children: Node<T>[];
  size: number;

  constructor(owner: Owner, bounds: string[], children: Node<T>[]) {
    this.owner = owner;
    this.bounds = bounds;
    this.children = children;
    this.size = 0;
    for (const child of children) this.size += child.size;
  }

  get width(): number {
    return this.children.length;
  }
}

type Node<T extends Keyed> = Leaf<T> | Branch<T>;

/** An ordered map with cheap snapshots. Keys order by UTF-16 code units, which for ASCII is the order of bytes. */
export class OrderedIndex<T extends Keyed> {
  #owner: Owner = Symbol();
  #root: Node<T> = new Leaf<T>(this.#owner, []);

  /** How many items there are. */
  get size(): number {
    return this.#root.size;
  }

  /** The item of a key. */
  get(key: string): T | undefined {
    let node = this.#root;
    while (node instanceof Branch) node = node.children[childOf(node, key)]!;
    const item = node.items[lowerBound(node.items, key)];
    return item !== undefined && item.key === key ? item : undefined;
  }

  /** Puts an item in the place of the one with its key, if any. */
  set(item: T): void {
    const root = this.#own(this.#root);
    this.#root = root;
    const split = this.#insert(root, item);
    if (split !== undefined) {
      this.#root = new Branch<T>(this.#owner, ["", split.bound], [
        root,
        split.node,
      ]);
    }
  }

  /** Takes an item out. Does nothing when there is none. */
  delete(key: string): void {
    if (this.get(key) === undefined) return;
    this.#root = this.#own(this.#root);
    this.#remove(this.#root, key);
    while (this.#root instanceof Branch && this.#root.children.length === 1) {
      this.#root = this.#root.children[0]!;
    }
  }

  /** The same items, for good: later changes of either do not show in the other. */
  snapshot(): OrderedIndex<T> {
    const copy = new OrderedIndex<T>();
    copy.#root = this.#root;
    this.#owner = Symbol(); // no node is ours alone any more
    return copy;
  }

  /** At most `limit` items of a range, in order. @param limit 0 is no limit */
  range(range: KeyRange, limit = 0): T[] {
    const found: T[] = [];
    collect(this.#root, range, { found, limit: limit || Infinity });
    return found;
  }

  /** How many items a range has. */
  count(range: KeyRange): number {
    if (range.to <= range.from) return 0;
    return rank(this.#root, range.to) - rank(this.#root, range.from);
  }

  #own<N extends Node<T>>(node: N): N {
    if (node.owner === this.#owner) return node;
    const copy = node instanceof Branch
      ? new Branch<T>(this.#owner, node.bounds.slice(), node.children.slice())
      : new Leaf<T>(this.#owner, node.items.slice());
    return copy as N;
  }

  /** Inserts below a node of ours; answers the right half when the node had to be split. */
  #insert(
    node: Node<T>,
    item: T,
  ): { bound: string; node: Node<T> } | undefined {
    if (node instanceof Leaf) {
      const at = lowerBound(node.items, item.key);
      const replaces = node.items[at]?.key === item.key;
      node.items.splice(at, replaces ? 1 : 0, item);
      if (node.items.length <= WIDTH) return undefined;
      // Keys that only grow (names with a counter) fill their leaves: the new one starts with what does not fit.
      const half = at === node.items.length - 1 ? WIDTH : WIDTH / 2;
      const right = new Leaf<T>(this.#owner, node.items.splice(half));
      return { bound: right.items[0]!.key, node: right };
    }
    const at = childOf(node, item.key);
    const child = this.#own(node.children[at]!);
    node.children[at] = child;
    const before = child.size;
    const split = this.#insert(child, item);
    node.size += child.size + (split?.node.size ?? 0) - before;
    if (split === undefined) return undefined;
    node.children.splice(at + 1, 0, split.node);
    node.bounds.splice(at + 1, 0, split.bound);
    if (node.children.length <= WIDTH) return undefined;
    const half = WIDTH / 2;
    const bounds = node.bounds.splice(half);
    const right = new Branch<T>(
      this.#owner,
      bounds,
      node.children.splice(half),
    );
    node.size -= right.size;
    return { bound: bounds[0]!, node: right };
  }

  /** Removes a key that is there, below a node of ours. */
  #remove(node: Node<T>, key: string): void {
    if (node instanceof Leaf) {
      node.items.splice(lowerBound(node.items, key), 1);
      return;
    }
    const at = childOf(node, key);
    const child = this.#own(node.children[at]!);
    node.children[at] = child;
    this.#remove(child, key);
    node.size--;
    if (child.size === 0 && node.children.length > 1) {
      node.children.splice(at, 1);
      node.bounds.splice(at, 1);
    } else if (child.width < NARROW) {
      this.#merge(node, at);
    }
  }

  /** Joins a narrow child with a neighbour when both fit into one node. */
  #merge(node: Branch<T>, at: number): void {
    const left = at > 0 ? at - 1 : at;
    const [a, b] = [node.children[left], node.children[left + 1]];
    if (a === undefined || b === undefined || a.width + b.width > WIDTH) return;
    const joined = this.#own(a);
    if (joined instanceof Leaf) {
      joined.items.push(...(b as Leaf<T>).items);
    } else {
      const from = b as Branch<T>;
      joined.bounds.push(node.bounds[left + 1]!, ...from.bounds.slice(1));
      joined.children.push(...from.children);
      joined.size += from.size;
    }
    node.children.splice(left, 2, joined);
    node.bounds.splice(left + 1, 1);
  }
}

/** The place of the first item whose key is not before `key`. */
function lowerBound(items: readonly Keyed[], key: string): number {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (items[middle]!.key < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The place of the child that a key belongs to. */
function childOf<T extends Keyed>(node: Branch<T>, key: string): number {
  let [low, high] = [1, node.bounds.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (node.bounds[middle]! <= key) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function collect<T extends Keyed>(
  node: Node<T>,
  range: KeyRange,
  into: { found: T[]; readonly limit: number },
): void {
  const { found, limit } = into;
  if (node instanceof Leaf) {
    const { items } = node;
    for (let i = lowerBound(items, range.from); i < items.length; i++) {
      if (found.length >= limit || items[i]!.key >= range.to) return;
      found.push(items[i]!);
    }
    return;
  }
  for (let i = childOf(node, range.from); i < node.children.length; i++) {
    if (found.length >= limit || (i > 0 && node.bounds[i]! >= range.to)) return;
    collect(node.children[i]!, range, into);
  }
}

/** How many items have a key before `key`. */
function rank<T extends Keyed>(node: Node<T>, key: string): number {
  let before = 0;
  while (node instanceof Branch) {
    const at = childOf(node, key);
    for (let i = 0; i < at; i++) before += node.children[i]!.size;
    node = node.children[at]!;
  }
  return before + lowerBound(node.items, key);
}
