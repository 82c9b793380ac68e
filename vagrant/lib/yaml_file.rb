require "psych"
require_relative "problem"

module Dockyard
  # YAML as a description needs it: lines are known, a key stands once, dates and times
  # stay text. Ruby's own reading differs from Python's (1,000 is a number, :word a
  # symbol), so plain words are resolved here by YAML 1.1's rules, as dockyard/yaml_file.py
  # has them.
  class YamlFile
    MOST = 1_000_000
    DEEPEST = 50
    INTEGER = /\A(?:[-+]?0b[0-1_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+)\z/
    FLOAT = /\A(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?
            |[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\z/x
    TRUE = %w[yes Yes YES true True TRUE on On ON].freeze
    FALSE = %w[no No NO false False FALSE off Off OFF].freeze
    NULL = ["", "~", "null", "Null", "NULL"].freeze

    SPECIAL = %w[<< =].freeze

    attr_reader :data

    # Raises Failure for a file that is missing, empty, not text, or not YAML.
    def initialize(path)
      @path = path
      @lines = {}
      @anchors = {}
      @data = build(root, [])
    end

    # The line of a path, or of the nearest thing above it.
    def line(path)
      path = path[0..-2] until path.empty? || @lines.key?(path)
      @lines.fetch(path, 1)
    end

    private

    def root
      documents = Psych.parse_stream(text).children
      fail_with("is empty.", "Start from an example in vagrant/examples/.") if documents.empty?
      fail_with("holds more than one document.", "Keep one.") if documents.size > 1
      documents.first.root
    rescue Psych::SyntaxError => error
      fail_with("is no YAML: line #{error.line}: #{error.problem} #{error.context}".strip + ".",
                "Mend that line.")
    end

    def text
      # a pipe would wait for a writer for ever
      fail_with("is no regular file; that is no description.") if File.exist?(@path) && !File.file?(@path)
      raw = File.binread(@path, MOST + 1) || String.new
      fail_with("is larger than 1 MB; that is no description.") if raw.size > MOST
      raw.force_encoding(Encoding::UTF_8)
      return raw if raw.valid_encoding? && !raw.include?("\0")

      fail_with("is not text in UTF-8.", "Write it with a text editor, from an example.")
    rescue SystemCallError => error
      fail_with("can't be read: #{error.message.sub(/ @.*/, "")}.")
    end

    def fail_with(what, hint = nil)
      raise Failure.new("#{@path} #{what}", hint)
    end

    def refuse(node, what)
      fail_with("is no YAML: line #{node.start_line + 1}: #{what}.", "Mend that line.")
    end

    def build(node, path)
      @lines[path] ||= node.start_line + 1
      refuse(node, "nested too deeply for a description") if path.size > DEEPEST
      value = built(node, path)
      @anchors[node.anchor] = value if node.respond_to?(:anchor) && node.anchor && !node.is_a?(Psych::Nodes::Alias)
      value
    end

    def built(node, path)
      case node
      when Psych::Nodes::Mapping then mapping(node, path)
      when Psych::Nodes::Sequence
        node.children.each_with_index.map { |child, index| build(child, path + [index]) }
      when Psych::Nodes::Alias then alias_of(node)
      else scalar(node)
      end
    end

    # Of a word only: a mapping or list may hold itself, or grow without end.
    def alias_of(node)
      value = @anchors.fetch(node.anchor) { refuse(node, "*#{node.anchor} stands for nothing above it") }
      return value unless value.is_a?(Hash) || value.is_a?(Array)

      refuse(node, "an alias (*name) is more than a description needs: write it out")
    end

    def mapping(node, path)
      node.children.each_slice(2).each_with_object({}) do |(key_node, value_node), result|
        refuse(key_node, "a key must be a word") unless key_node.is_a?(Psych::Nodes::Scalar)
        key = scalar(key_node)
        refuse(key_node, "`#{key}` stands here a second time") if result.key?(key)
        @lines[path + [key.to_s]] = key_node.start_line + 1
        result[key] = build(value_node, path + [key.to_s])
      end
    end

    def scalar(node)
      return node.value if node.quoted || node.tag == "tag:yaml.org,2002:str" || node.tag == "!"

      refuse(node, "the tag #{node.tag} has no place in a description") if node.tag
      refuse(node, "`#{node.value}` has no place in a description") if SPECIAL.include?(node.value)
      plain(node.value)
    end

    def plain(word)
      return nil if NULL.include?(word)
      return true if TRUE.include?(word)
      return false if FALSE.include?(word)
      return integer(word) if INTEGER.match?(word)

      FLOAT.match?(word) ? word.delete("_").to_f : word
    end

    def integer(word)
      digits = word.delete("_")
      base = { /\A[-+]?0b/ => 2, /\A[-+]?0x/ => 16, /\A[-+]?0[0-7]/ => 8 }
      found = base.find { |pattern, _| pattern.match?(digits) }
      digits.sub(/0[bx]/, "").to_i(found ? found.last : 10)
    end
  end
end
