//go:build tools

// Package engine pins Pulumi's CLI, for computers that don't reach the official download.
package engine

import _ "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
