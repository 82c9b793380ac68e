#!/bin/sh
# JSON without python or jq, which machines need not have: POSIX awk reads it, strictly, and
# merges one text into another. Strings and numbers stay as they were written.

# json_of MODE FILE [FILE]: prints, or fails with `LINE WHAT`, the line where FILE breaks.
#   show FILE        the text anew, one member a line
#   flat FILE        a line for each value: its path, a tab, the value
#   fill FILE MORE   FILE, and those members of MORE that it lacks
#   merge FILE MORE  MORE wins; objects are merged, lists of texts united, all else replaced
json_of() {
	awk -v mode="$1" -v first="$2" '
	function fail(what,   before, lines) {
		if (bad) return 0
		before = substr(text, 1, at - 1)
		if (at > size - 1) sub(/[ \t\r\n]+$/, "", before)
		bad = split(before, lines, "\n")
		if (bad < 1) bad = 1
		print bad, what
		return 0
	}
	function comment() {
		return substr(text, at) ~ /^(\/\/|\/\*|#)/ ? " (JSON has no comments)" : ""
	}
	function blank() {
		while (at <= size && index(" \t\r\n", substr(text, at, 1))) at++
	}
	function made(sort) {
		kind[++nodes] = sort
		count[nodes] = 0
		return nodes
	}
	function place(n, name,   i) {
		for (i = 1; i <= count[n]; i++) if (key[n, i] == name) return i
		return 0
	}
	function add(n, name, what,   i) {
		i = place(n, name)
		if (i == 0) i = ++count[n]
		key[n, i] = name
		child[n, i] = what
	}
	function value(   c) {
		blank()
		if (at > size) return fail("ends too early")
		c = substr(text, at, 1)
		if (c == "{" || c == "[") return several(c)
		if (c == "\"") return word()
		return plain()
	}
	function word(   from, c) {
		from = at++
		while (1) {
			if (at > size) return fail("a text has no end")
			c = substr(text, at, 1)
			if (index(CONTROL, c)) return fail("a text has no end in its line")
			at++
			if (c == "\"") break
			if (c != "\\") continue
			c = substr(text, at++, 1)
			if (c == "u") {
				if (substr(text, at, 4) !~ /^[0-9a-fA-F][0-9a-fA-F][0-9a-fA-F][0-9a-fA-F]$/)
					return fail("\\u needs four hexadecimal digits")
				at += 4
			} else if (c != "" && index(CONTROL, c)) return fail("a text has no end in its line")
			else if (c == "" || !index("\"\\/bfnrt", c)) return fail("\\" c " is no escape")
		}
		made("v")
		raw[nodes] = substr(text, from, at - from)
		return nodes
	}
	function plain(   rest) {
		rest = substr(text, at)
		if (match(rest, /^(true|false|null)/) == 0 &&
			match(rest, /^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?/) == 0)
			return fail("a value is missing before: " substr(rest, 1, index(rest "\n", "\n") - 1))
		made("v")
		raw[nodes] = substr(rest, 1, RLENGTH)
		at += RLENGTH
		return nodes
	}
	function several(open,   last, n, name, what, c) {
		if (++depth > 100) return fail("is nested too deeply")
		last = open == "{" ? "}" : "]"
		n = made(open)
		at++
		blank()
		if (substr(text, at, 1) == last) { at++; depth--; return n }
		while (!bad) {
			name = ""
			if (open == "{") {
				blank()
				if (substr(text, at, 1) != "\"") return fail("a name in quotes is missing" comment())
				if (!(what = word())) return 0
				name = raw[what]
				blank()
				if (substr(text, at, 1) != ":") return fail("a colon is missing after " name)
				at++
			}
			if (!(what = value())) return 0
			if (open == "{") add(n, name, what)
			else child[n, ++count[n]] = what
			blank()
			c = substr(text, at++, 1)
			if (c == last) { depth--; return n }
			if (c != ",") { at--; return fail("a comma or " last " is missing" comment()) }
		}
		return 0
	}
	function parsed(whole,   n) {
		text = whole
		sub(/^\357\273\277/, "", text)
		size = length(text)
		at = 1
		depth = 0
		n = value()
		if (bad) return 0
		blank()
		if (at <= size) return fail("goes on after its end" comment())
		if (kind[n] != "{") { at = 1; return fail("is no object: { ... }") }
		return n
	}
	function words(n,   i, what) {
		for (i = 1; i <= count[n]; i++) {
			what = child[n, i]
			if (kind[what] != "v" || substr(raw[what], 1, 1) != "\"") return 0
		}
		return 1
	}
	function united(a, b,   i, j) {
		for (i = 1; i <= count[b]; i++) {
			for (j = 1; j <= count[a]; j++) if (raw[child[a, j]] == raw[child[b, i]]) break
			if (j > count[a]) child[a, ++count[a]] = child[b, i]
		}
		return a
	}
	function joined(a, b) {
		if (kind[a] == "{" && kind[b] == "{") return merged(a, b)
		if (kind[a] == "[" && kind[b] == "[" && words(a) && words(b)) return united(a, b)
		return b
	}
	function merged(a, b,   i, j) {
		for (i = 1; i <= count[b]; i++) {
			j = place(a, key[b, i])
			if (j) child[a, j] = joined(child[a, j], child[b, i])
			else add(a, key[b, i], child[b, i])
		}
		return a
	}
	function shown(n, pad,   i, out, more) {
		if (kind[n] == "v") return raw[n]
		if (count[n] == 0) return kind[n] == "{" ? "{}" : "[]"
		more = pad "  "
		out = kind[n]
		for (i = 1; i <= count[n]; i++)
			out = out (i > 1 ? "," : "") "\n" more (kind[n] == "{" ? key[n, i] ": " : "") shown(child[n, i], more)
		return out "\n" pad (kind[n] == "{" ? "}" : "]")
	}
	function flat(n, path,   i, name) {
		if (kind[n] == "v") { print path "\t" raw[n]; return }
		for (i = 1; i <= count[n]; i++) {
			name = kind[n] == "{" ? substr(key[n, i], 2, length(key[n, i]) - 2) : i - 1
			flat(child[n, i], (path == "" ? "" : path ".") name)
		}
	}
	FILENAME == first { one = one $0 "\n"; next }
	{ two = two $0 "\n" }
	END {
		for (i = 1; i < 32; i++) CONTROL = CONTROL sprintf("%c", i)
		a = parsed(one)
		if (bad) exit 1
		if (mode == "merge" || mode == "fill") {
			b = parsed(two)
			if (bad) exit 1
			if (mode == "merge") merged(a, b)
			else for (i = 1; i <= count[b]; i++) if (!place(a, key[b, i])) add(a, key[b, i], child[b, i])
		}
		if (mode == "flat") flat(a, "")
		else print shown(a, "")
	}' "$2" ${3:+"$3"}
}
