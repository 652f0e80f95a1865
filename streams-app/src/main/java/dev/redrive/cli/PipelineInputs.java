package dev.redrive.cli;

import dev.redrive.codec.DomainMapper;
import dev.redrive.codec.EnvelopeReader;
import dev.redrive.codec.InputLimits;
import dev.redrive.config.LimitSettings;
import dev.redrive.config.RedriveConfig;

/** Reads inputs as the pipeline of a configuration does, so that the command line takes what it takes. */
final class PipelineInputs {

    private PipelineInputs() {}

    static DomainMapper mapper(RedriveConfig config) {
        LimitSettings limits = config.limits();
        return new DomainMapper(
                new EnvelopeReader(config.profiles(), limits.maxErrorBodyBytes()),
                new InputLimits(
                        limits.maxRequestBytes(),
                        limits.maxErrorBodyBytes(),
                        limits.maxHeaderCount(),
                        limits.maxHeaderBytes(),
                        limits.maxLabels()));
    }
}
