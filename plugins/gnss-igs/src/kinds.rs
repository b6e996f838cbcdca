//! What sorts of files there are: product type, format and category of each.

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// RINEX observations.
    Observations,
    /// RINEX navigation messages.
    Navigation,
    /// RINEX meteorology.
    Meteorology,
    /// Satellite orbits.
    Orbits,
    /// Clocks of satellites and stations.
    Clocks,
    /// Earth rotation parameters.
    EarthRotation,
    /// Station coordinates and what was solved for with them.
    Solution,
    /// Tropospheric delays.
    Troposphere,
    /// Biases of signals.
    Biases,
    /// Attitude of satellites.
    Attitude,
    /// Maps of the ionosphere.
    Ionosphere,
    /// Calibrations of antennas.
    Antennas,
    /// Reports for people.
    Summary,
    /// A station's log.
    StationLog,
}

/// How a kind is named in the asset model.
struct Naming {
    kind: Kind,
    term: &'static str,
    label: &'static str,
    format: &'static str,
}

const NAMINGS: [Naming; 14] = [
    naming(Kind::Observations, "gnss-observations", "GNSS observations", "rinex-obs"),
    naming(Kind::Navigation, "gnss-navigation", "GNSS navigation messages", "rinex-nav"),
    naming(Kind::Meteorology, "gnss-meteorology", "Meteorology at a GNSS station", "rinex-met"),
    naming(Kind::Orbits, "gnss-orbit", "GNSS orbits", "sp3"),
    naming(Kind::Clocks, "gnss-clock", "GNSS clocks", "rinex-clk"),
    naming(Kind::EarthRotation, "gnss-eop", "Earth rotation parameters", "igs-erp"),
    naming(Kind::Solution, "gnss-solution", "Station coordinates", "sinex"),
    naming(Kind::Troposphere, "gnss-troposphere", "Tropospheric delays", "sinex-tro"),
    naming(Kind::Biases, "gnss-bias", "GNSS signal biases", "sinex-bias"),
    naming(Kind::Attitude, "gnss-attitude", "Satellite attitude", "orbex"),
    naming(Kind::Ionosphere, "gnss-ionosphere-map", "Ionosphere map", "ionex"),
    naming(Kind::Antennas, "gnss-antenna", "Antenna calibrations", "antex"),
    naming(Kind::Summary, "gnss-summary", "Report on a product", "text"),
    naming(Kind::StationLog, "gnss-station", "GNSS station", "igs-sitelog"),
];

const fn naming(
    kind: Kind,
    term: &'static str,
    label: &'static str,
    format: &'static str,
) -> Naming {
    Naming { kind, term, label, format }
}

impl Kind {
    fn naming(self) -> &'static Naming {
        NAMINGS.iter().find(|naming| naming.kind == self).expect("every kind has a line above")
    }

    /// The term of its product type, in the vocabulary `local`.
    pub(crate) fn term(self) -> &'static str {
        self.naming().term
    }

    /// For people.
    pub(crate) fn label(self) -> &'static str {
        self.naming().label
    }

    /// The gateway's word for its usual format.
    pub(crate) fn format(self) -> &'static str {
        self.naming().format
    }

    /// The kind of a format's word, as settings write it ("sp3").
    pub(crate) fn of_format(format: &str) -> Option<Self> {
        NAMINGS.iter().find(|naming| naming.format == format).map(|naming| naming.kind)
    }

    /// Whether it comes from one station rather than from an analysis.
    pub(crate) fn is_data(self) -> bool {
        matches!(self, Self::Observations | Self::Navigation | Self::Meteorology | Self::StationLog)
    }

    /// What of Earth science it serves.
    pub(crate) fn subdomain(self) -> &'static str {
        match self {
            Self::Ionosphere => "Ionosphere",
            Self::Troposphere | Self::Meteorology => "Troposphere",
            Self::Clocks | Self::Biases => "Timing",
            _ => "Geodesy",
        }
    }
}
