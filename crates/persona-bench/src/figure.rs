//! One line of the table: a measurement, its limit, its aim.

use crate::measure::{Series, Spread};

/// What was measured beside what.
#[derive(Clone, Debug)]
pub(crate) struct Figure {
    pub(crate) what: String,
    pub(crate) unit: Unit,
    pub(crate) measured: Spread,
    pub(crate) limit: Option<Limit>,
    pub(crate) aim: Option<Aim>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    Milliseconds,
    Percent,
    Megabytes,
    PerSecond,
}

/// A raw operation of the same run.
#[derive(Clone, Debug)]
pub(crate) struct Limit {
    pub(crate) what: &'static str,
    pub(crate) measured: Spread,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Aim {
    /// In the figure's unit.
    AtMost(f64),
    /// In the figure's unit.
    AtLeast(f64),
    /// So many times the raw limit.
    Times(f64),
}

impl Figure {
    pub(crate) fn new(what: impl Into<String>, unit: Unit, measured: Spread) -> Self {
        Self { what: what.into(), unit, measured, limit: None, aim: None }
    }

    pub(crate) fn milliseconds(what: impl Into<String>, measured: &Series) -> Self {
        Self::new(what, Unit::Milliseconds, measured.spread())
    }

    pub(crate) fn beside(self, what: &'static str, limit: &Series) -> Self {
        Self { limit: Some(Limit { what, measured: limit.spread() }), ..self }
    }

    pub(crate) fn aiming(self, aim: Aim) -> Self {
        Self { aim: Some(aim), ..self }
    }

    /// How many times worse than the limit.
    pub(crate) fn ratio(&self) -> Option<f64> {
        let limit = self.limit.as_ref()?.measured.median;
        Some(match self.unit {
            Unit::PerSecond => limit / self.measured.median,
            Unit::Milliseconds | Unit::Megabytes => self.measured.median / limit,
            Unit::Percent => return None,
        })
    }

    pub(crate) fn is_met(&self) -> Option<bool> {
        Some(match self.aim? {
            Aim::AtMost(most) => self.measured.median <= most,
            Aim::AtLeast(least) => least <= self.measured.median,
            Aim::Times(times) => self.ratio()? <= times,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(unit: Unit, measured: f64, limit: f64, aim: Aim) -> (Option<f64>, Option<bool>) {
        let mut raw = Series::default();
        raw.push(limit);
        let figure = Figure::new("", unit, Spread::one(measured)).beside("", &raw).aiming(aim);
        (figure.ratio(), figure.is_met())
    }

    #[test]
    fn a_ratio_grows_with_badness_in_every_unit() {
        assert_eq!(of(Unit::Milliseconds, 4.0, 2.0, Aim::Times(2.0)), (Some(2.0), Some(true)));
        assert_eq!(of(Unit::PerSecond, 2.0, 4.0, Aim::AtLeast(3.0)), (Some(2.0), Some(false)));
        assert_eq!(of(Unit::Percent, 2.0, 4.0, Aim::AtMost(2.0)), (None, Some(true)));
    }
}
