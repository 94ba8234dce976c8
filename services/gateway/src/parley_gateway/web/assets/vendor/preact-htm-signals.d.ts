// What our code uses of the vendored file, for the type checker.
export interface Signal<T> { value: T; peek(): T }
export function signal<T>(value: T): Signal<T>;
export function computed<T>(compute: () => T): Signal<T>;
export function effect(run: () => void): () => void;
export function batch<T>(run: () => T): T;
export function untracked<T>(run: () => T): T;
export function html(strings: TemplateStringsArray, ...values: any[]): any;
export function h(type: any, props: any, ...children: any[]): any;
export function render(what: any, where: Element): void;
export const Fragment: any;
export function useState<T>(first: T): [T, (next: T | ((old: T) => T)) => void];
export function useRef<T>(first: T): { current: T };
export function useMemo<T>(make: () => T, inputs: any[]): T;
export function useEffect(run: () => void | (() => void), inputs?: any[]): void;
export function useLayoutEffect(run: () => void | (() => void), inputs?: any[]): void;
