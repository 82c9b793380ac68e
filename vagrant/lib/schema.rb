require "json"
require_relative "problem"

module Dockyard
  # Reads the generated JSON Schema: what a description may say, and what it means when it
  # doesn't. Only the words that the generator uses are known; a new one is an error here,
  # so that nothing is let through unread.
  class Schema
    KNOWN = %w[$ref $defs $schema additionalProperties anyOf default description enum examples items
               maxItems maximum minItems minimum oneOf patternProperties pattern properties
               required title type].freeze
    TYPES = {
      "string" => ["text; put it in quotes if it is a number or a date", String],
      "integer" => ["a whole number, without quotes", Integer],
      "boolean" => ["true or false", TrueClass, FalseClass],
      "array" => ["a list: [a, b], or one line each after a dash", Array],
      "object" => ["a mapping: key: value", Hash],
      "null" => ["empty", NilClass]
    }.freeze

    def initialize(path)
      @root = JSON.parse(File.read(path, encoding: "UTF-8"))
    end

    # [the value with every default in it, the problems]
    def read(definition, value)
      @problems = []
      [visit(@root.fetch("$defs").fetch(definition), value, []), @problems.uniq]
    end

    def definition(reference)
      @root.fetch("$defs").fetch(reference.delete_prefix("#/$defs/"))
    end

    private

    def visit(schema, value, path)
      unknown = schema.keys - KNOWN
      raise Failure, "lab.schema.json uses #{unknown.join(", ")}, which vagrant/ can't read." unless unknown.empty?

      return visit(definition(schema["$ref"]), value, path) if schema["$ref"]
      return any(schema, value, path) if schema["anyOf"]
      return value unless checked?(schema, value, path)

      case value
      when Hash then mapping(schema, value, path)
      when Array then list(schema, value, path)
      else value
      end
    end

    def problem(path, text)
      @problems << Problem.new(path, text)
      false
    end

    def any(schema, value, path)
      choices = schema["anyOf"]
      return value if value.nil? && choices.any? { |choice| choice["type"] == "null" }

      meant = choices.reject { |choice| choice["type"] == "null" }
      return visit(meant.first, value, path) if meant.size == 1

      fitting = meant.any? { |choice| quietly { visit(choice, value, path) } }
      problem(path, "is #{Dockyard.shorten(value)}, but must be #{alternatives(meant)}") unless fitting
      value
    end

    # True when a visit finds no problem; those it finds are forgotten.
    def quietly
      kept = @problems
      @problems = []
      yield
      @problems.empty?
    ensure
      @problems = kept
    end

    def alternatives(choices)
      choices.map do |choice|
        if choice["enum"] then "one of #{choice["enum"].join(", ")}"
        elsif choice["pattern"] then like(choice)
        else "#{choice["minimum"]} to #{choice["maximum"]}"
        end
      end.join(", or ")
    end

    def checked?(schema, value, path)
      shown = "is #{Dockyard.shorten(value)}, but"
      words, *classes = TYPES[schema["type"]]
      return problem(path, "#{shown} must be #{words}") if words && classes.none? { |kind| value.is_a?(kind) }

      wanted = limit(schema, value)
      wanted ? problem(path, "#{shown} must be #{wanted}") : true
    end

    # What a value of the right type must be and isn't; nil when it is.
    def limit(schema, value)
      return "one of #{schema["enum"].join(", ")}" if schema["enum"]&.none?(value)
      return like(schema) if schema["pattern"] && !pattern(schema["pattern"]).match?(value.to_s)
      return "at least #{schema["minimum"]}" if schema["minimum"] && value < schema["minimum"]
      return "at most #{schema["maximum"]}" if schema["maximum"] && value > schema["maximum"]
      return "a list of at least #{schema["minItems"]}" if schema["minItems"] && value.size < schema["minItems"]

      "a list of at most #{schema["maxItems"]}" if schema["maxItems"] && value.size > schema["maxItems"]
    end

    def like(schema)
      "like #{schema["examples"]&.join(", ") || schema["pattern"]}"
    end

    # In Ruby ^ and $ stand at every line; in a schema they are the ends of the text.
    def pattern(text)
      Regexp.new(text.sub(/\A\^/, "\\A").sub(/\$\z/, "\\z"))
    end

    def list(schema, value, path)
      value.each_with_index.map { |item, index| visit(schema.fetch("items", {}), item, path + [index]) }
    end

    def mapping(schema, value, path)
      return value if schema["additionalProperties"] == true
      return free(schema["patternProperties"], value, path) if schema["patternProperties"]

      fields = schema.fetch("properties", {})
      (value.keys - fields.keys).each do |key|
        problem(path + [key.to_s], "is no key of a lab; #{Dockyard.did_you_mean(key, fields.keys)}")
      end
      (schema.fetch("required", []) - value.keys).each { |key| problem(path + [key], "is missing; write it") }
      fields.to_h { |key, field| [key, value.key?(key) ? visit(field, value[key], path + [key]) : default(field)] }
    end

    # Keys of the person's own, each held to a pattern.
    def free(patterns, value, path)
      value.each do |key, item|
        fitting = patterns.find { |text, _| pattern(text).match?(key.to_s) }
        next visit(fitting.last, item, path + [key.to_s]) if fitting && key.is_a?(String)

        problem(path + [key.to_s], "is no possible key; keys are like #{patterns.keys.join(", ")}")
      end
    end

    def default(field)
      return Marshal.load(Marshal.dump(field["default"])) if field.key?("default")

      field["type"] == "object" ? {} : nil
    end
  end
end
